using Ensembles.Attacks;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Transferability reduced smooth training (TRS, Yang et al. 2021): members' gradients at right angles, and small even
/// where they are largest nearby; the bound on transfer of its source needs both.
/// </summary>
/// <remarks>
/// Gradients are those of each image's cross-entropy. The source takes them of the mean over a batch of 128 with
/// weights 10 and 25, times 2 for the magnitude; here that is 10 and 0.003.
/// </remarks>
/// <param name="epsilon">
/// The radius in Linf, in pixel values in [0, 1], within which the largest gradients are sought for half of the batch.
/// </param>
/// <param name="alignment">The weight of |cos|; 0 or more.</param>
/// <param name="smoothness">The weight of the squared lengths; 0 or more.</param>
public sealed class ReducedTransfer(double epsilon = 0.2, double alignment = 10, double smoothness = 0.003)
    : JointTraining
{
    const int Steps = 6;

    /// <summary>The radius.</summary>
    public double Epsilon { get; } = epsilon is > 0 and <= 1
        ? epsilon
        : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "A radius is in (0, 1].");

    /// <summary>The weight of |cos|.</summary>
    public double Alignment { get; } = Weights.Checked(alignment);

    /// <summary>The weight of the squared lengths.</summary>
    public double Smoothness { get; } = Weights.Checked(smoothness);

    /// <inheritdoc/>
    public override bool DifferentiatesImages => true;

    /// <summary>
    /// L = sum_m L_m + a mean |cos(g_i, g_j)| + b mean_m ||g_m||^2, the last half at the images as they are and half at
    /// those where the lengths are largest.
    /// </summary>
    public override Tensor Of(JointBatch batch)
    {
        var half = batch.Images.size(0) / 2;
        var rough = Roughest(batch, batch.Images.detach());
        var mixed = cat([batch.Images.detach().narrow(0, 0, half), rough.narrow(0, half, rough.size(0) - half)]);
        var smooth = batch.GradientsAt(mixed.requires_grad_()).pow(2).sum(-1).mean();
        return batch.OwnLosses
            + Alignment * GradientAlignment.Cosines(batch.Gradients).abs().mean()
            + Smoothness * smooth;
    }

    /// <summary>Steps up sum_m ||g_m||^2 from a random point of the ball, which grows over the run from half.</summary>
    Tensor Roughest(JointBatch batch, Tensor clean)
    {
        using var scope = NewDisposeScope();
        using var mode = batch.InEvaluationMode();
        var share = 0.5 + 0.5 * batch.Step.StepsDone / batch.Step.Steps;
        using var ball = Ball.Create(new ThreatModel(Norm.Linf, share * Epsilon));
        using var generator = new Generator((ulong)batch.Step.Seed);
        var images = ball.RandomPoint(clean, generator);
        for (var step = 0; step < Steps; step++)
        {
            var here = images.detach().requires_grad_();
            var lengths = batch.GradientsAt(here).pow(2).sum();
            images = ball.Step(images, autograd.grad([lengths], [here])[0], share * Epsilon / 3, clean);
        }

        return images.detach().MoveToOuterDisposeScope();
    }
}
