using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// A robustified dataset (Ilyas et al. 2019 [16]): of each image only what a robust network sees. Training on it in the
/// plain way gives some robustness, since it lacks the features that such a network ignores.
/// </summary>
public static class RobustImages
{
    const int BatchSize = 128;

    /// <summary>
    /// For each image x, with its label: x_r = argmin ||h(x_r) - h(x)||_2 over [0, 1], from another image of the
    /// dataset drawn at random, by x &lt;- clip(x - a g / ||g||_2). The nearest of all steps is kept.
    /// </summary>
    /// <param name="features">The features h of a trained network, adversarially trained ones in the source.</param>
    /// <param name="images">The dataset.</param>
    /// <param name="steps">Steps, 1 or more; the source uses 1,000.</param>
    /// <param name="stepSize">a, the Euclidean length of a step; positive.</param>
    /// <param name="seed">What the images start from is drawn from this.</param>
    /// <exception cref="ArgumentOutOfRangeException">No steps, or a step of no length.</exception>
    public static LabeledImages Of(
        IFeatureExtractor features, LabeledImages images, int steps = 1000, double stepSize = 0.1, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepSize);
        using var scope = NewDisposeScope();
        using var mode = features is nn.Module module ? ModuleMode.Keep(module) : null;
        (features as nn.Module)?.eval();
        using var starts = images.Select(OtherPlaces.Of(images.Count, seed));
        var made = images.Images.split(BatchSize).Zip(starts.Images.split(BatchSize),
            (targets, start) => Match(features, targets, start, steps, stepSize));
        return new LabeledImages(cat([.. made]), images.Labels.clone(), images.ClassCount);
    }

    static Tensor Match(IFeatureExtractor features, Tensor targets, Tensor start, int steps, double size)
    {
        using var scope = NewDisposeScope();
        using var ball = Ball.Create(ThreatModel.Unbounded(Norm.L2));
        Tensor goal;
        using (no_grad())
            goal = features.features(targets).flatten(1);
        var (best, nearest) = (start.clone(), full(start.size(0), float.PositiveInfinity, device: start.device));
        var current = start.clone();
        for (var step = 0; step <= steps; step++)
        {
            using var inner = NewDisposeScope();
            Tensor? seen = null;
            var gradient = InputGradient.Of(x => features.features(x).flatten(1), current, h =>
            {
                var squares = (h - goal).square().sum(dim: 1);
                seen = squares.detach().MoveToOtherDisposeScope(inner);
                return squares.sum();
            });
            var nearer = seen!.lt(nearest);
            best.copy_(where(nearer.view(-1, 1, 1, 1), current, best));
            nearest.copy_(where(nearer, seen!, nearest));
            current.copy_((current - size * ball.Normalize(gradient)).clamp(0, 1));
        }

        return best.MoveToOuterDisposeScope();
    }
}
