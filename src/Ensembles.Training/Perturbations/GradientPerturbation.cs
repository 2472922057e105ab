using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Steps along the gradient of a loss inside a ball, with the classifier in evaluation mode.</summary>
public abstract class GradientPerturbation : Perturbation
{
    private protected GradientPerturbation(double epsilon) => Epsilon = epsilon;

    /// <summary>The radius, in units of pixel values in [0, 1]; positive.</summary>
    public double Epsilon { get; set; }

    /// <summary>The norm: Linf, L2 or L1.</summary>
    public Norm Norm { get; init; } = Norm.Linf;

    /// <summary>Whether the steps begin at a random point of the ball; else at the clean image.</summary>
    public bool RandomStart { get; init; } = true;

    /// <summary>
    /// Standard deviation of the Gaussian noise that the steps begin with in the place of a random point of the ball,
    /// for a loss that compares with the clean image: its gradient is 0 there. Null for none.
    /// </summary>
    public double? StartDeviation { get; init; }

    /// <summary>
    /// The share of the run, in [0, 1], over which the radius grows from 0 to <see cref="Epsilon"/>, step by step. 0
    /// trains at the full radius from the beginning, where a network may end with one answer to every image.
    /// </summary>
    public double WarmUp { get; init; }

    /// <summary>What the steps increase; null for cross-entropy.</summary>
    public TrainingLoss? Raised { get; init; }

    private protected Tensor Climb(PerturbedBatch batch, int steps, double size)
    {
        using var scope = NewDisposeScope();
        using var mode = ModuleMode.Keep(batch.Classifier);
        batch.Classifier.eval();
        Raised?.eval();
        var share = ShareOfRadius(batch.Step);
        using var ball = Ball.Create(new ThreatModel(Norm, share * Epsilon));
        using var generator = new Generator((ulong)batch.Step.Seed);
        var clean = batch.Images.detach();
        var images = Start(clean, ball, generator);
        if (Raised is not null)
            batch = batch.WithCleanHeld();
        for (var step = 0; step < steps; step++)
            images = ball.Step(images, batch.Gradient(images, Raised), share * size, clean);
        return images.MoveToOuterDisposeScope();
    }

    Tensor Start(Tensor clean, Ball ball, Generator generator) => StartDeviation is { } deviation
        ? ball.Project(clean + deviation * randn(clean.shape, generator: generator).to(clean.device), clean)
        : RandomStart ? ball.RandomPoint(clean, generator) : clean;

    /// <summary>min(1, (s + 1) / (w S)) at step s of S, with w the warm-up.</summary>
    double ShareOfRadius(TrainingStep step)
    {
        if (WarmUp is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(WarmUp), WarmUp, "A share of the run lies in [0, 1].");
        return Math.Min(1, (step.StepsDone + 1) / (WarmUp * step.Steps));
    }
}
