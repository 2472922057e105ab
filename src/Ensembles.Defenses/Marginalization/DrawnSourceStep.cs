using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// One step of R+FGSM (Tramer et al. 2017 [34]) on a network drawn anew for each batch: the one in training, or one of
/// several sources.
/// </summary>
/// <param name="epsilon">The size of the perturbation in Linf.</param>
/// <param name="randomShare">The share of epsilon that is a random step; in [0, 1).</param>
/// <param name="sources">Trained networks, images to logits [N, K], in evaluation mode.</param>
public sealed class DrawnSourceStep(
    double epsilon, double randomShare, IReadOnlyList<Module<Tensor, Tensor>> sources) : Perturbation
{
    /// <summary>The size of the perturbation in Linf.</summary>
    public double Epsilon { get; set; } = epsilon;

    /// <summary>The share of epsilon that is a random step.</summary>
    public double RandomShare { get; } = randomShare;

    /// <summary>The networks that are drawn beside the one in training.</summary>
    public IReadOnlyList<Module<Tensor, Tensor>> Sources { get; } = sources;

    /// <inheritdoc/>
    public override Tensor Of(PerturbedBatch batch)
    {
        using var drawing = randint(Sources.Count + 1, 1);
        var drawn = (int)drawing.item<long>();
        var source = drawn < Sources.Count ? Sources[drawn] : batch.Classifier;
        return Of(x => batch.Gradient(x, source, OfPredicted), batch.Images, Epsilon, RandomShare);
    }

    /// <summary>
    /// r = a sign(n) with n normal, then x' = x + r + (epsilon - a) sign of the gradient of CE at x + r, for the label
    /// that the source itself predicts, so that the perturbation cannot leak the true one. In [0, 1], within epsilon of
    /// the images.
    /// </summary>
    /// <param name="source">Images to logits; no gradient of its parameters is taken.</param>
    /// <param name="images">Images [N, C, H, W] in [0, 1].</param>
    /// <param name="epsilon">The size of the perturbation in Linf.</param>
    /// <param name="randomShare">a / epsilon.</param>
    public static Tensor Of(Module<Tensor, Tensor> source, Tensor images, double epsilon, double randomShare) =>
        Of(x => InputGradient.Of(source, x, OfPredicted), images, epsilon, randomShare);

    static Tensor Of(Func<Tensor, Tensor> gradient, Tensor images, double epsilon, double randomShare)
    {
        using var scope = NewDisposeScope();
        var start = images.detach();
        if (randomShare > 0)
            start = (start + (randn_like(start).sign() * (epsilon * randomShare))).clamp(0, 1);
        var sign = gradient(start).sign();
        return (start + (sign * (epsilon * (1 - randomShare)))).clamp(0, 1).MoveToOuterDisposeScope();
    }

    static Tensor OfPredicted(Tensor logits) =>
        functional.cross_entropy(logits, logits.argmax(1), reduction: Reduction.Sum);
}
