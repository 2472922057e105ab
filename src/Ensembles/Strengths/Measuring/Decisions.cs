using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>What a classifier decides on many images.</summary>
static class Decisions
{
    /// <summary>
    /// For each image whether the classifier's label is right, bool [N]. Logits that are not numbers are never right.
    /// </summary>
    /// <exception cref="ArgumentException">A module whose output is not logits [N, K].</exception>
    public static Tensor Right(Module<Tensor, Tensor> classifier, Tensor images, LabeledImages truth)
    {
        var logits = Logits(classifier, images, truth);
        return Ballot.Argmax(logits).eq(truth.Labels);
    }

    /// <summary>Logits [N, K], without gradients.</summary>
    /// <exception cref="ArgumentException">A module whose output is not logits [N, K].</exception>
    public static Tensor Logits(Module<Tensor, Tensor> classifier, Tensor images, LabeledImages truth)
    {
        var logits = InBatches.Output(classifier, images);
        if (logits.dim() != 2 || logits.size(1) != truth.ClassCount)
            throw new ArgumentException(
                $"This strength is measured on a classifier of {truth.ClassCount} classes; "
                    + $"{classifier.GetType().Name} gives [{string.Join(", ", logits.shape)}] for {images.size(0)} "
                    + "images.",
                nameof(classifier));
        return logits;
    }

    /// <summary>The share of true flags.</summary>
    public static double Share(Tensor flags) => flags.to_type(ScalarType.Float64).mean().item<double>();

    /// <summary>
    /// Whether the defense keeps at least half of what the twin's accuracy has over chance. A network that decides
    /// nothing is insensitive to everything, which is no strength.
    /// </summary>
    public static bool StillClassifies(double accuracy, double twinAccuracy, int classCount)
    {
        var chance = 1.0 / classCount;
        return accuracy > chance && accuracy - chance >= (twinAccuracy - chance) / 2;
    }
}
