using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Evaluations as losses see them, of images that are their own clean images.</summary>
static class Evaluations
{
    public static DefenseEvaluation Of(AttackSurface surface, Tensor images, Tensor labels, Criterion? criterion = null)
    {
        var output = surface.Evaluate(images, 1);
        var batch = new BatchCriterion(criterion ?? Criterion.Misclassified, output, labels, draws: 1);
        return new DefenseEvaluation(output, images, batch, draws: 1);
    }
}
