using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// The fewest pixels that break a linear classifier are those with the largest weights: from grey each gains half its
/// weight.
/// </summary>
public class CarliniWagnerL0Tests
{
    static readonly CarliniWagnerL0 attack = new();

    /// <summary>The gains, sorted, are 1, 1, 0.75, 0.5, 0.5, 0.25, 0.25, 0.125 and 0.05.</summary>
    [Theory]
    [InlineData(0.9, 1)]
    [InlineData(1.9, 2)]
    [InlineData(2.7, 3)]
    [InlineData(3.2, 4)]
    [InlineData(4.3, 8)]
    public void It_finds_the_fewest_pixels(double lead, int pixels)
    {
        using var result = Run(lead, ThreatModel.Unbounded(Norm.L0));
        Assert.True(result.Success[0]);
        Assert.Equal(pixels, result.Distance[0]);
    }

    [Fact]
    public void A_radius_counts_pixels()
    {
        using AttackResult three = Run(2.7, new ThreatModel(Norm.L0, 3)), two = Run(
            2.7, new ThreatModel(Norm.L0, 2)), never = Run(4.5, ThreatModel.Unbounded(Norm.L0));
        Assert.Equal((true, false, false), (three.Success[0], two.Success[0], never.Success[0]));
    }

    /// <summary>
    /// A pixel counts once whatever its channels: all three of the second weigh more than one of the first.
    /// </summary>
    [Fact]
    public void A_pixel_of_several_channels_counts_once()
    {
        var network = new LinearNetwork(new float[,] { { 0, 0, 0, 0, 0, 0 }, { 2, 1, 0, 1, 0, 1 } }, [1.4f, -2.5f]);
        using var result = attack.Run(
            network, full(1, 3, 1, 2, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L0));
        Assert.True(result.Success[0]);
        Assert.Equal(1, result.Distance[0]);
        var change = Samples.Floats(result.Images - 0.5f);
        Assert.Equal([true, false, true, false, true, false], change.Select(c => c == 0));
    }

    static AttackResult Run(double lead, ThreatModel threat)
    {
        float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];
        var weights = new float[2, w.Length];
        for (var d = 0; d < w.Length; d++)
            weights[1, d] = w[d];
        return attack.Run(
            new LinearNetwork(weights, [(float)lead, -0.5f * w.Sum()]), full(1, 1, 3, 3, 0.5f), tensor(new[] { 0L }),
            threat);
    }
}
