using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Robustness;

/// <summary>Whether a decision that depends on the batch is told from one that rounding turns.</summary>
public class BatchCheckTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.2);

    /// <summary>Batch normalization without running statistics: an image is judged by its neighbours.</summary>
    [Fact]
    public void A_decision_that_depends_on_the_batch_is_told()
    {
        using var images = FourPixels.Of(60, [0.1, 0, 0, 0], noise: 0.05);
        var normalized = new BatchNormalized();
        normalized.eval();
        var result = RobustnessEvaluation.Run(normalized, images, threat, new Pgd { Steps = 3 });
        Assert.Contains(
            result.Invalid,
            reason => reason.StartsWith("the decision on an image does not depend on its batch: with other images"));
    }

    /// <summary>An image alone is decided otherwise than beside others, whichever they are.</summary>
    [Fact]
    public void A_decision_that_depends_on_the_size_of_the_batch_is_told()
    {
        using var images = FourPixels.Of(60, [0.1, 0, 0, 0], noise: 0.05);
        var alone = new SizeDependent(image => image.size(0) == 1);
        var result = RobustnessEvaluation.Run(alone, images, threat, new Pgd { Steps = 3 });
        Assert.Contains(
            result.Invalid,
            reason => reason.StartsWith("the decision on an image does not depend on its batch: in batches of 1 in"));
    }

    /// <summary>Attacks and judges show more images at once than a check would look at one by one.</summary>
    [Fact]
    public void A_decision_that_changes_in_large_batches_is_told()
    {
        using var images = FourPixels.Of(60, [0.1, 0, 0, 0], noise: 0.05);
        var crowded = new SizeDependent(image => image.size(0) > 24);
        var result = RobustnessEvaluation.Run(crowded, images, threat, new Pgd { Steps = 3 });
        Assert.Contains(
            result.Invalid,
            reason => reason.StartsWith("the decision on an image does not depend on its batch: in batches of 128 in"));
    }

    /// <summary>
    /// Sums that are rounded by the size of the batch turn a pixel at a hard threshold: of an image among many, and no
    /// neighbour has a part in it.
    /// </summary>
    [Fact]
    public void An_image_that_rounding_turns_is_no_dependence_on_the_batch()
    {
        using var images = FourPixels.Of(60, [0.1, 0, 0, 0], noise: 0.05);
        var brightest = images.Images[..24].flatten(1).select(1, 1).max().item<float>();
        var turned = new SizeDependent(image =>
            image.size(0) == 1 && image.flatten(1).select(1, 1).max().item<float>() == brightest);
        var check = RobustnessEvaluation.Run(turned, images, threat, new Pgd { Steps = 3 }).Checks
            .Single(check => check.Name.EndsWith("depend on its batch", StringComparison.Ordinal));
        Assert.True(check.Passed);
        Assert.Contains("of 1 image by more than rounding", check.Finding, StringComparison.Ordinal);
    }

    /// <summary>Decides by a pixel, with half of its logits where a batch is of some kind.</summary>
    sealed class SizeDependent : Classifier
    {
        readonly Func<Tensor, bool> isOther;

        public SizeDependent(Func<Tensor, bool> isOther)
        {
            this.isOther = isOther;
            eval();
        }

        public override Tensor forward(Tensor images)
        {
            var score = images.flatten(1).select(1, 0) - 0.5;
            return stack([zeros_like(score), isOther(images) ? score / 2 : score], dim: 1);
        }
    }

    sealed class BatchNormalized : Classifier
    {
        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            var score = images.flatten(1).select(1, 0);
            score = (score - score.mean()) / (score.std(false) + 1e-3);
            return stack([score.neg(), score], 1).MoveToOuterDisposeScope();
        }
    }
}
