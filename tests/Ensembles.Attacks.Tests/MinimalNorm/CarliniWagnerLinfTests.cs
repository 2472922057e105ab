using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class CarliniWagnerLinfTests
{
    /// <summary>With two classes on a plane the nearest boundary point is m / ||w||_1 away.</summary>
    [Fact]
    public void On_a_plane_it_comes_near_the_distance_of_the_boundary()
    {
        using var scope = NewDisposeScope();
        float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];
        var network = LinearMargin.Network(w, lead: 0.2 * LinearMargin.DualNorm(w, Norm.Linf));
        using var result = new CarliniWagnerLinf().Run(
            network, full(1, 1, 3, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.Linf));
        Assert.True(result.Success[0]);
        Assert.InRange(result.Distance[0], 0.2, 0.21);
    }

    /// <summary>What lies outside a radius does not count inside it.</summary>
    [Theory]
    [InlineData(0.21, true)]
    [InlineData(0.19, false)]
    public void A_radius_is_kept(double radius, bool succeeds)
    {
        using var scope = NewDisposeScope();
        float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];
        var network = LinearMargin.Network(w, lead: 0.2 * LinearMargin.DualNorm(w, Norm.Linf));
        using var result = new CarliniWagnerLinf().Run(
            network, full(1, 1, 3, 3, 0.5f), tensor(new[] { 0L }), new ThreatModel(Norm.Linf, radius));
        Assert.Equal(succeeds, result.Success[0]);
        Assert.InRange(result.Distance[0], 0, radius);
    }
}
