using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class MultiTargetedTests
{
    /// <summary>
    /// Of two wrong classes the likeliest comes nearer as the pixel rises, and stops short of the true one; the other
    /// is reached as it falls. What climbs to the best wrong class goes the wrong way, and so does the first target
    /// alone.
    /// </summary>
    [Fact]
    public void It_finds_the_class_that_is_not_the_likeliest()
    {
        using var scope = NewDisposeScope();
        var classifier = new FunctionClassifier(images =>
        {
            var pixel = images.flatten(1).select(1, 0);
            return stack([zeros_like(pixel), (pixel - 0.6).clamp(max: -0.05), 0.3 - pixel], 1);
        });
        bool Succeeds(IAttack attack) =>
            attack.Run(
                classifier, full(1, 1, 1, 1, 0.5f), tensor(new[] { 0L }), new ThreatModel(Norm.Linf, 0.25)).Success[0];
        Assert.True(Succeeds(new MultiTargeted()));
        Assert.False(Succeeds(new MultiTargeted { Targets = 1 }));
        Assert.False(Succeeds(new Bim { Steps = 40 }));
    }

    /// <summary>Targets repeat those before them exactly: what fewer break, more break too.</summary>
    [Fact]
    public void More_targets_lose_nothing()
    {
        using var scope = NewDisposeScope();
        var network = Samples.Linear(classes: 6);
        var images = Samples.Images(48);
        var labels = Samples.LabelsOf(network, images);
        bool[][] broken = [.. Enumerable.Range(1, 5).Select(
            t => new MultiTargeted { Steps = 5, Targets = t }.Run(
                network, images, labels, new ThreatModel(Norm.Linf, 0.04)).Success.ToArray())];
        foreach (var (fewer, more) in broken.Zip(broken.Skip(1)))
            Assert.All(fewer.Zip(more), pair => Assert.True(!pair.First || pair.Second));
        Assert.InRange(broken[0].Count(b => b), 1, 47);
    }
}
