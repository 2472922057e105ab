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

    /// <summary>Scores that tell the label and nothing else are all they see anyway: the same images come of them, bit for bit.</summary>
    [Theory]
    [MemberData(nameof(HardLabel), DisableDiscoveryEnumeration = true)]
    public void Scores_tell_them_nothing(IAttack attack, Norm norm)
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        var oneHot = new FunctionClassifier(x => functional.one_hot(linear.call(x).argmax(1), 4).to_type(ScalarType.Float32));
        var images = Samples.Images(6);
        var labels = Samples.LabelsOf(linear, images);
        foreach (var threat in new[] { ThreatModel.Unbounded(norm), new ThreatModel(norm, 0.01) })
        {
            var (all, label) = (attack.Run(linear, images, labels, threat), attack.Run(oneHot, images, labels, threat));
            Assert.Equal(Samples.Floats(all.Images), Samples.Floats(label.Images));
            Assert.Equal((all.Forwards, all.Backwards), (label.Forwards, 0));
        }
    }

    /// <summary>Every query is counted, without a graph, and no more are asked at once than a batch has images.</summary>
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
        var result = attack.Run(counted, images, Samples.LabelsOf(linear, images), ThreatModel.Unbounded(norm), new AttackOptions { BatchSize = 10 });
        Assert.Equal(asked, result.Forwards);
    }

    /// <summary>
    /// On a linear classifier of 64 pixels the boundary is at a known distance: HopSkipJump ends within 1.1 of it under L2 and 1.25 under Linf, Boundary within 1.25.
    /// More steps begin with the same ones, so they never end farther away.
    /// </summary>
    [Theory]
    [InlineData(Norm.L2, 1.1)]
    [InlineData(Norm.Linf, 1.25)]
    public void HopSkipJump_comes_near_the_boundary(Norm norm, double factor) =>
        ComesNear([.. new[] { 1, 2, 4, 8, 10 }.Select(steps => new HopSkipJump { Steps = steps, FirstQueries = 50 })], norm, factor);

    [Fact]
    public void Boundary_comes_near_the_boundary() =>
        ComesNear([.. new[] { 1, 100, 250, 500 }.Select(steps => new Boundary { Steps = steps })], Norm.L2, 1.25);

    static void ComesNear(IReadOnlyList<IAttack> longer, Norm norm, double factor)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        var w = Enumerable.Range(0, 64).Select(_ => random.NextSingle() * 4 - 2).ToArray();
        var weights = new float[2, 64];
        for (var d = 0; d < 64; d++)
            weights[1, d] = w[d];
        var nearest = 0.05;
        var dual = norm == Norm.Linf ? w.Sum(Math.Abs) : Math.Sqrt(w.Sum(v => (double)v * v));
        var network = new LinearNetwork(weights, [(float)(nearest * dual), -0.5f * w.Sum()]);
        double[] distances = [.. longer.Select(attack => attack.Run(network, full(1, 1, 8, 8, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(norm)).Distance[0])];
        Assert.Equal(distances.OrderDescending(), distances);
        Assert.InRange(distances[^1], nearest * (1 - 1e-4), nearest * factor);
    }

    /// <summary>Wrong and accepted: the nearest point that the gate lets pass lies farther away than the nearest wrong one, in a corner between the two boundaries.</summary>
    [Theory]
    [InlineData(Norm.L2, 0.2549)]
    [InlineData(Norm.Linf, 0.25)]
    public void A_rejected_image_does_not_count(Norm norm, double nearest)
    {
        using var scope = NewDisposeScope();
        // Class 1 where the first two pixels sum to more than 1.1; the gate wants the first below 0.45.
        var network = new LinearNetwork(new float[,] { { 0, 0, 0, 0 }, { 1, 1, 0, 0 } }, [0, -1.1f]);
        var surface = new HandmadeSurface<MeanLogit>([network], [(new FunctionDetector(images => images.flatten(1).select(1, 0)), 0.45f)]);
        var image = tensor(new[] { 0.4f, 0.4f, 0.5f, 0.5f }, [1, 1, 2, 2]);
        IAttack[] attacks = norm == Norm.L2 ? [new Boundary { Steps = 1000 }, new HopSkipJump { Steps = 20 }] : [new HopSkipJump { Steps = 20 }];
        foreach (var attack in attacks)
        {
            using var result = attack.Run(surface, image, tensor(new[] { 0L }), ThreatModel.Unbounded(norm), new AttackOptions());
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
        var network = new FunctionClassifier(images => { var mean = images.flatten(1).mean([1]); return stack([full_like(mean, 0.9), mean], 1); });
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
        var network = new FunctionClassifier(images => images.gt(0.5).to_type(ScalarType.Float32).flatten(1).narrow(1, 0, 2));
        var image = tensor(new[] { 0.52f, 0.48f, 0f, 0f }, [1, 1, 2, 2]);
        var result = attack.Run(network, image, tensor(new[] { 0L }), ThreatModel.Unbounded(norm));
        // The first pixel down and the second up.
        var nearest = norm == Norm.Linf ? 0.02 : 0.02 * Math.Sqrt(2);
        Assert.InRange(result.Distance[0], nearest * (1 - 1e-4), 1.5 * nearest);
    }
}
