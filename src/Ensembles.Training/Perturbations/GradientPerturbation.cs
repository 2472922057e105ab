using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Steps along the gradient of a loss inside a ball, with the classifier in evaluation mode.</summary>
public abstract class GradientPerturbation : BoundedPerturbation
{
    private protected GradientPerturbation(double epsilon) : base(epsilon)
    {
    }

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
    /// What the steps increase; null for cross-entropy at <see cref="PerturbedBatch.Temperature"/>. Where it is a
    /// function of the logits (<see cref="TrainingLoss.IsOfLogits"/>) the steps take as little time as those on
    /// cross-entropy.
    /// </summary>
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
            batch = batch.WithCleanHeld(Raised);
        for (var step = 0; step < steps; step++)
            images = ball.Step(images, batch.Gradient(images, Raised), share * size, clean);
        return images.MoveToOuterDisposeScope();
    }

    Tensor Start(Tensor clean, Ball ball, Generator generator) => StartDeviation is { } deviation
        ? ball.Project(clean + deviation * randn(clean.shape, generator: generator).to(clean.device), clean)
        : RandomStart ? ball.RandomPoint(clean, generator) : clean;
}
