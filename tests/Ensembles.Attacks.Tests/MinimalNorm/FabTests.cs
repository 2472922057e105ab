using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class FabTests
{
    /// <summary>
    /// With two classes on a plane the nearest boundary point is m / ||w||_* away, ||w||_* the dual norm.
    /// </summary>
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void On_a_plane_it_ends_at_the_distance_of_the_boundary(Norm norm)
    {
        using var scope = NewDisposeScope();
        float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];
        var distance = 0.2;
        var network = LinearMargin.Network(w, lead: distance * LinearMargin.DualNorm(w, norm));
        using var result = new Fab { Steps = 20 }.Run(
            network, full(1, 1, 3, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(norm));
        Assert.True(result.Success[0]);
        Assert.InRange(result.Distance[0], distance, distance * 1.01);
    }

    /// <summary>It follows boundaries, which a scale of the logits leaves where they are.</summary>
    [Theory]
    [InlineData(1e3)]
    [InlineData(1e-3)]
    public void A_scale_of_the_logits_changes_nothing(double scale)
    {
        using var scope = NewDisposeScope();
        var (network, images) = (Samples.Linear(), Samples.Images(20));
        var labels = Samples.LabelsOf(network, images);
        var attack = new Fab { Steps = 10 };
        using var plain = attack.Run(network, images, labels, ThreatModel.Unbounded(Norm.L2));
        using var scaled =
            attack.Run(new ScaledNetwork(network, scale), images, labels, ThreatModel.Unbounded(Norm.L2));
        Assert.All(plain.Distance.Zip(scaled.Distance), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }
}
