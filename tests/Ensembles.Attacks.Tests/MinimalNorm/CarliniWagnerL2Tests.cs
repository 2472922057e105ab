using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class CarliniWagnerL2Tests
{
    /// <summary>A wrong class has to lead by the confidence, and the image moves by so much more.</summary>
    [Fact]
    public void Confidence_buys_a_lead_with_distance()
    {
        var network = new LinearNetwork(new float[,] { { 0, 0, 0 }, { 0.5f, -2, 0.25f } }, [0.1f, 0.625f]);
        var attack = new CarliniWagnerL2 { Steps = 200, SearchSteps = 6, Confidence = 0.5 };
        using var result = attack.Run(
            network, full(1, 1, 1, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2));
        using var logits = network.call(result.Images);
        Assert.True((logits[0, 1] - logits[0, 0]).item<float>() >= 0.5f);
        Assert.InRange(result.Distance[0], 0.6 / Math.Sqrt(4.3125) * (1 - 1e-4), 0.6 / Math.Sqrt(4.3125) * 1.03);
        using var outOfReach = (attack with { Confidence = 9 }).Run(
            network, full(1, 1, 1, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2));
        Assert.False(outOfReach.Success[0]);
    }

    /// <summary>
    /// The peers' Carlini-Wagner is at 0.98 of all images, where the nearest of all attacks are at 0.97; here the first
    /// 24 images.
    /// </summary>
    [ParityFact]
    public void CarliniWagner_is_as_near_as_Ddn() =>
        Assert.InRange(
            Peers.MedianDistance(new CarliniWagnerL2 { Steps = 200 }, images: 24)
                / Peers.Median(Peers.DdnDistances(images: 24)),
            0.97, 1.03);
}
