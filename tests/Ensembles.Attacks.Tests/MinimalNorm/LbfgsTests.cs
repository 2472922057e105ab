using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class LbfgsTests
{
    /// <summary>With two classes on a plane the nearest boundary point is m / ||w||_2 away.</summary>
    [Fact]
    public void On_a_plane_it_comes_near_the_distance_of_the_boundary()
    {
        using var scope = NewDisposeScope();
        float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];
        var network = LinearMargin.Network(w, lead: 0.2 * LinearMargin.DualNorm(w, Norm.L2));
        using var result = new Lbfgs().Run(
            network, full(1, 1, 3, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2));
        Assert.True(result.Success[0]);
        Assert.InRange(result.Distance[0], 0.2, 0.21);
    }
}
