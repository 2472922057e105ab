using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>Attacks that see labels alone.</summary>
public class DecisionTests
{
    public static TheoryData<IAttack, Norm> HardLabel => new()
    {
        { new Boundary { Steps = 200 }, Norm.L2 },
        { new HopSkipJump { Steps = 10, FirstQueries = 50 }, Norm.L2 },
        { new HopSkipJump { Steps = 10, FirstQueries = 50 }, Norm.Linf },
    };

    /// <summary>
    /// Scores that tell the label and nothing else are all they see anyway: the same images come of them, bit for bit.
    /// </summary>
    [Theory]
    [MemberData(nameof(HardLabel), DisableDiscoveryEnumeration = true)]
    public void Scores_tell_them_nothing(IAttack attack, Norm norm)
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        var oneHot = new FunctionClassifier(
            x => functional.one_hot(linear.call(x).argmax(1), 4).to_type(ScalarType.Float32));
        var images = Samples.Images(6);
        var labels = Samples.LabelsOf(linear, images);
        foreach (var threat in new[] { ThreatModel.Unbounded(norm), new ThreatModel(norm, 0.01) })
        {
            var (all, label) = (attack.Run(linear, images, labels, threat), attack.Run(oneHot, images, labels, threat));
            Assert.Equal(Samples.Floats(all.Images), Samples.Floats(label.Images));
            Assert.Equal((all.Forwards, all.Backwards), (label.Forwards, 0));
        }
    }

    /// <summary>
    /// Every query is counted, without a graph, and no more are asked at once than a batch has images.
    /// </summary>
    [Theory]
    [MemberData(nameof(HardLabel), DisableDiscoveryEnumeration = true)]
    public void Queries_are_counted(IAttack attack, Norm norm)
    {
        using var scope = NewDisposeScope();
        long asked = 0;
        var linear = Samples.Linear();
        var counted = new FunctionClassifier(images =>
        {
            asked += images.size(0);
            Assert.InRange(images.size(0), 1, 10);
            Assert.False(images.requires_grad || is_grad_enabled());
            return linear.call(images);
        });
        var images = Samples.Images(6);
        var result = attack.Run(
            counted, images, Samples.LabelsOf(linear, images), ThreatModel.Unbounded(norm),
            new AttackOptions { BatchSize = 10 });
        Assert.Equal(asked, result.Forwards);
    }

    /// <summary>
    /// Wrong and accepted: the nearest point that the gate lets pass lies farther away than the nearest wrong one, in a
    /// corner between the two boundaries.
    /// </summary>
    [Theory]
    [InlineData(Norm.L2, 0.2549)]
    [InlineData(Norm.Linf, 0.25)]
    public void A_rejected_image_does_not_count(Norm norm, double nearest)
    {
        using var scope = NewDisposeScope();
        // Class 1 where the first two pixels sum to more than 1.1; the gate wants the first below 0.45.
        var network = new LinearNetwork(new float[,] { { 0, 0, 0, 0 }, { 1, 1, 0, 0 } }, [0, -1.1f]);
        var surface = new HandmadeSurface<MeanLogit>(
            [network], [(new FunctionDetector(images => images.flatten(1).select(1, 0)), 0.45f)]);
        var image = tensor(new[] { 0.4f, 0.4f, 0.5f, 0.5f }, [1, 1, 2, 2]);
        IAttack[] attacks = norm == Norm.L2
            ? [new Boundary { Steps = 1000 }, new HopSkipJump { Steps = 20 }]
            : [new HopSkipJump { Steps = 20 }];
        foreach (var attack in attacks)
        {
            using var result = attack.Run(
                surface, image, tensor(new[] { 0L }), ThreatModel.Unbounded(norm), new AttackOptions());
            var pixels = Samples.Floats(result.Images);
            Assert.True(pixels[0] <= 0.45f && pixels[0] + pixels[1] > 1.1f);
            Assert.InRange(result.Distance[0], nearest - 1e-4, 1.2 * nearest);
        }
    }

    /// <summary>No noise is as bright as class 1 has to be: only an image of it shows where to start.</summary>
    [Theory]
    [MemberData(nameof(HardLabel), DisableDiscoveryEnumeration = true)]
    public void They_start_from_images_of_other_labels(IAttack attack, Norm norm)
    {
        using var scope = NewDisposeScope();
        var network = new FunctionClassifier(
            images => { var mean = images.flatten(1).mean([1]); return stack([full_like(mean, 0.9), mean], 1); });
        var images = cat([full(1, 1, 8, 8, 0.5f), full(1, 1, 8, 8, 0.95f)]);
        var both = attack.Run(network, images, tensor(new[] { 0L, 1 }), ThreatModel.Unbounded(norm));
        var alone = attack.Run(network, images.narrow(0, 0, 1), tensor(new[] { 0L }), ThreatModel.Unbounded(norm));
        Assert.Equal([true, true], both.Success);
        Assert.Equal([false], alone.Success);
        Assert.Equal([0d], alone.Distance);
    }

    /// <summary>Pixels that only their thresholds know: no gradient, and no score that changes on the way.</summary>
    [Theory]
    [MemberData(nameof(HardLabel), DisableDiscoveryEnumeration = true)]
    public void Thresholds_are_no_obstacle(IAttack attack, Norm norm)
    {
        using var scope = NewDisposeScope();
        var network = new FunctionClassifier(
            images => images.gt(0.5).to_type(ScalarType.Float32).flatten(1).narrow(1, 0, 2));
        var image = tensor(new[] { 0.52f, 0.48f, 0f, 0f }, [1, 1, 2, 2]);
        var result = attack.Run(network, image, tensor(new[] { 0L }), ThreatModel.Unbounded(norm));
        // The first pixel down and the second up.
        var nearest = norm == Norm.Linf ? 0.02 : 0.02 * Math.Sqrt(2);
        Assert.InRange(result.Distance[0], nearest * (1 - 1e-4), 1.5 * nearest);
    }
}
