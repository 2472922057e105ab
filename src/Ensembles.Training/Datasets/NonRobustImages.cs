using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A dataset of non-robust features (Ilyas et al. 2019 [16]): images that look like their own class to a person, and
/// carry the features and the label of a class drawn at random. What a network learns from them it owes to features
/// that a small perturbation makes.
/// </summary>
public static class NonRobustImages
{
    const int BatchSize = 128;

    /// <summary>
    /// For each image x a class t drawn evenly, and x' = argmin CE(x', t) with ||x' - x||_2 &lt;= epsilon by projected
    /// gradient descent, labelled t.
    /// </summary>
    /// <param name="classifier">A network trained in the plain way, images [N, C, H, W] to logits [N, K].</param>
    /// <param name="images">The dataset.</param>
    /// <param name="epsilon">The radius in L2, in units of pixel values in [0, 1]; positive.</param>
    /// <param name="steps">Steps, 1 or more.</param>
    /// <param name="stepSize">The Euclidean length of a step, positive; null for 2.5 epsilon / steps.</param>
    /// <param name="seed">The classes are drawn from this.</param>
    /// <exception cref="ArgumentOutOfRangeException">No radius, no steps, or a step of no length.</exception>
    public static LabeledImages Of(
        Module<Tensor, Tensor> classifier,
        LabeledImages images,
        double epsilon = 0.5,
        int steps = 100,
        double? stepSize = null,
        int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var size = stepSize ?? 2.5 * epsilon / steps;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size, nameof(stepSize));
        using var scope = NewDisposeScope();
        using var mode = ModuleMode.Keep(classifier);
        classifier.eval();
        var random = new Random(seed);
        var drawn = Enumerable.Range(0, images.Count).Select(_ => (long)random.Next(images.ClassCount)).ToArray();
        var targets = tensor(drawn).to(images.Labels.device);
        var made = images.Images.split(BatchSize).Zip(targets.split(BatchSize),
            (clean, towards) => Descend(classifier, clean, towards, epsilon, steps, size));
        return new LabeledImages(cat([.. made]), targets, images.ClassCount);
    }

    static Tensor Descend(
        Module<Tensor, Tensor> classifier, Tensor clean, Tensor targets, double epsilon, int steps, double size)
    {
        using var scope = NewDisposeScope();
        using var ball = Ball.Create(new ThreatModel(Norm.L2, epsilon));
        var current = clean.clone();
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var gradient = InputGradient.Of(
                classifier, current, z => functional.cross_entropy(z, targets, reduction: Reduction.Sum));
            current.copy_(ball.Step(current, -gradient, size, clean));
        }

        return current.MoveToOuterDisposeScope();
    }
}
