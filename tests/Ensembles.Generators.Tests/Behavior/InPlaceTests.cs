// Declared to spoil images, not to defend.
#pragma warning disable ENS0001, ENS0002, ENS0102

using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>What a component does to its images reaches nobody else.</summary>
public class InPlaceTests
{
    [Fact]
    public void The_whole_and_its_variants_see_the_images_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var images = Given.Images(20);
        var before = images.clone();
        using var spoiling = Spoiling(images);
        var (gate, logits) = (images.mean([1, 2, 3]) - 1, images.flatten(1) - 1);

        foreach (var ensemble in spoiling.LeaveOneOut().Select(variant => variant.Ensemble).Prepend(spoiling))
        {
            var decision = ensemble.call(images);

            Assert.All(Enumerable.Range(0, ensemble.Members.Count), m =>
                Assert.True(decision.MemberLogits[m].allclose(logits, atol: 1e-6)));
            Assert.All(Enumerable.Range(0, ensemble.Gates.Count), g =>
                Assert.True(decision.GateScores[g].allclose(gate, atol: 1e-6)));
            Assert.True(images.Equals(before));
        }
    }

    [Fact]
    public void Calibrating_leaves_the_validation_images_as_they_are()
    {
        using var scope = NewDisposeScope();
        var images = Given.Images(20);
        var before = images.clone();

        using var spoiling = Spoiling(images);

        Assert.True(images.Equals(before));
    }

    /// <summary>A gradient goes through the copies.</summary>
    [Fact]
    public void A_decision_is_differentiable_in_the_images()
    {
        using var scope = NewDisposeScope();
        using var spoiling = Spoiling(Given.Images(20));
        var images = Given.Images(2).requires_grad_();

        spoiling.call(images).MemberLogits.sum().backward();

        Assert.True(images.grad!.Equals(full_like(images, 2)));
    }

    static Spoiling Spoiling(Tensor validation)
    {
        var spoiling = new Spoiling(new SpoilingDetector(), new SpoilingClassifier(), new SpoilingClassifier());
        spoiling.eval();
        spoiling.CalibrateGates(validation);
        return spoiling;
    }
}

/// <summary>Subtracts 1 from its images in place; their pixels are its logits.</summary>
[Defense(Category.NonRobustFeatures)]
public sealed class SpoilingClassifier : Classifier
{
    public override Tensor forward(Tensor images) => images.sub_(1).flatten(1);
}

/// <summary>Subtracts 1 from its images in place and suspects bright ones.</summary>
[Defense(Category.Detection)]
public sealed class SpoilingDetector : Detector
{
    public override Tensor forward(Tensor images) => images.sub_(1).mean([1, 2, 3]);
}

/// <summary>A gate before two members.</summary>
[Ensemble<MeanLogit>]
public partial class Spoiling
{
    [Gate(FalsePositiveRate = 0.1)] public partial SpoilingDetector Bright { get; }
    [Member] public partial SpoilingClassifier First { get; }
    [Member] public partial SpoilingClassifier Second { get; }
}
