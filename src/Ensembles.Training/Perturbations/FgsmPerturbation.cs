using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// One step of the gradient's sign (Goodfellow et al. 2014 [12]). From a random start, with a step of 1.25 epsilon, it
/// is fast adversarial training (Wong et al. 2020).
/// </summary>
/// <remarks>
/// Without the random start training overfits to the single step: accuracy under FGSM is high, and under PGD 0.
/// </remarks>
/// <param name="epsilon">The radius, in units of pixel values in [0, 1]; positive.</param>
public sealed class FgsmPerturbation(double epsilon) : GradientPerturbation(epsilon)
{
    /// <inheritdoc/>
    public override Tensor Of(PerturbedBatch batch) => Climb(batch, 1, RandomStart ? 1.25 * Epsilon : Epsilon);
}
