using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// What an evaluation with gradients, where the images of an active set are, said about those that are left after it.
/// </summary>
/// <param name="Direction">The direction in which the restart's loss rises, [A, C, H, W].</param>
/// <param name="Value">
/// What the steps are to raise: the loss, [A]; where gates are to be passed too, whose prices change from step to step,
/// the nearness to the criterion.
/// </param>
public sealed record GradientEvaluation(Tensor Direction, IReadOnlyList<float> Value) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Direction.Dispose();

    internal GradientEvaluation MoveToOuterDisposeScope()
    {
        Direction.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>
/// What an evaluation of images anywhere in [0, 1], inside the ball or not, said about those of an active set that are
/// left after it.
/// </summary>
/// <param name="Images">The images that were evaluated, [A, C, H, W].</param>
/// <param name="IsMet">Which of them meet the criterion, bool [A].</param>
public record PointEvaluation(Tensor Images, Tensor IsMet)
{
    /// <summary>Those that meet it by more than rounding; null where that was not asked.</summary>
    internal Tensor? IsSurelyMet { get; init; }
}

/// <summary>The same with a loss and its gradient.</summary>
/// <param name="Images">The images that were evaluated, [A, C, H, W].</param>
/// <param name="IsMet">Which of them meet the criterion, bool [A].</param>
/// <param name="VoteMeets">Which of them meet it or, behind gates, would if they were accepted, bool [A].</param>
/// <param name="Loss">The loss at each, float32 [A], the mean over its draws.</param>
/// <param name="Gradient">The gradient of the loss, [A, C, H, W].</param>
public sealed record PointGradient(Tensor Images, Tensor IsMet, Tensor VoteMeets, Tensor Loss, Tensor Gradient)
    : PointEvaluation(Images, IsMet);
