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

    /// <summary>What the steps increase; null for cross-entropy.</summary>
    public TrainingLoss? Raised { get; init; }

    private protected Tensor Climb(PerturbedBatch batch, int steps, double size)
    {
        using var scope = NewDisposeScope();
        using var mode = ModuleMode.Keep(batch.Classifier);
        batch.Classifier.eval();
        Raised?.eval();
        using var ball = Ball.Create(new ThreatModel(Norm, Epsilon));
        using var generator = new Generator((ulong)batch.Step.Seed);
        var clean = batch.Images.detach();
        var images = RandomStart ? ball.RandomPoint(clean, generator) : clean;
        for (var step = 0; step < steps; step++)
            images = ball.Step(images, batch.Gradient(images, Raised), size, clean);
        return images.MoveToOuterDisposeScope();
    }
}
