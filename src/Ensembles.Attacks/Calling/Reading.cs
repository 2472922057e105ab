using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What an evaluation said about the images of a front that are left after it.</summary>
/// <param name="Left">Which of the images before the evaluation they are, int64 [A], ascending.</param>
/// <param name="Near">How near they are to the criterion: see <see cref="Nearness"/>.</param>
sealed record Reading(Tensor Left, float[] Near) : IDisposable
{
    public Reading MoveToOuterDisposeScope()
    {
        Left.MoveToOuterDisposeScope();
        return this;
    }

    public void Dispose() => Left.Dispose();
}

/// <summary>What an evaluation with gradients said about the images of a front that are left after it.</summary>
/// <param name="Left">Which of the images before the evaluation they are, int64 [A], ascending.</param>
/// <param name="Value">
/// What the steps are to raise: the term of the aim; where gates are to be passed too, whose prices change from step to
/// step, the nearness to the criterion.
/// </param>
/// <param name="Direction">The direction of the ascent, [A, C, H, W].</param>
sealed record Slope(Tensor Left, float[] Value, Tensor Direction) : IDisposable
{
    public Slope MoveToOuterDisposeScope()
    {
        Left.MoveToOuterDisposeScope();
        Direction.MoveToOuterDisposeScope();
        return this;
    }

    public void Dispose()
    {
        Left.Dispose();
        Direction.Dispose();
    }
}
