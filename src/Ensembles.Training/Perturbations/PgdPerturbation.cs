using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Projected gradient descent (Madry et al. 2018 [20]): x &lt;- Proj(x + a s(g)), s(g) being the steepest direction of
/// the gradient in the norm, from a random point of the ball.
/// </summary>
/// <param name="epsilon">
/// The radius, in units of pixel values in [0, 1]; positive. The source uses 0.3 for MNIST.
/// </param>
/// <param name="steps">Steps, 1 or more. The source uses 40 for MNIST and 7 for CIFAR-10.</param>
public sealed class PgdPerturbation(double epsilon, int steps = 10) : GradientPerturbation(epsilon)
{
    /// <summary>Steps.</summary>
    public int Steps { get; } = steps;

    /// <summary>a, the length of a step in the norm; null for 2.5 epsilon / steps.</summary>
    public double? StepSize { get; init; }

    /// <inheritdoc/>
    public override Tensor Of(PerturbedBatch batch) => Climb(batch, Steps, StepSize ?? 2.5 * Epsilon / Steps);
}
