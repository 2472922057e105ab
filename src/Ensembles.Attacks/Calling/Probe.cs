using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What an evaluation of images anywhere in [0, 1], inside the ball or not, said about those of a front that are left after it.</summary>
/// <param name="Left">Which of the images before the evaluation they are, int64 [A], ascending.</param>
/// <param name="Met">Which of them meet the criterion, bool [A].</param>
/// <param name="Beyond">Which of them meet it or, behind gates, would if they were accepted, bool [A].</param>
/// <param name="Value">The loss at each, float32 [A], the mean over its draws.</param>
/// <param name="Gradient">The gradient of the loss, [A, C, H, W].</param>
sealed record Probe(Tensor Left, Tensor Met, Tensor Beyond, Tensor Value, Tensor Gradient)
{
    public Probe MoveToOuterDisposeScope()
    {
        Left.MoveToOuterDisposeScope();
        Met.MoveToOuterDisposeScope();
        Beyond.MoveToOuterDisposeScope();
        Value.MoveToOuterDisposeScope();
        Gradient.MoveToOuterDisposeScope();
        return this;
    }
}
