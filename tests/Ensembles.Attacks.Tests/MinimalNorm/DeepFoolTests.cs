using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class DeepFoolTests
{
    /// <summary>|f| / ||w|| and a fiftieth of it, by hand: f = 0.6, w = (0.5, -2, 0.25).</summary>
    [Fact]
    public void DeepFool_is_exact_on_a_linear_classifier_after_one_step()
    {
        var network = new LinearNetwork(new float[,] { { 0, 0, 0 }, { 0.5f, -2, 0.25f } }, [0.6f, 0.625f]);
        using var result = new DeepFool { Steps = 1 }.Run(
            network, full(1, 1, 1, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2));
        Assert.Equal(0.294705, result.Distance[0], 1.1e-4);
        Assert.True(result.Success[0]);
    }

    [ParityFact]
    public void DeepFool_is_as_near_as_Foolbox() =>
        Assert.InRange(Peers.MedianDistance(new DeepFool()), 1.0205 * 0.97, 1.0205 * 1.001);
}
