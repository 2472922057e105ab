using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The search, for each image, for the smallest weight c of the loss in ||delta||^2 + c f that still breaks the image:
/// ten times as large until it does, then bisection.
/// </summary>
/// <param name="active">The images.</param>
/// <param name="first">The constant all of them start from.</param>
sealed class ConstantSearch(ActiveSet active, double first)
{
    readonly PerImage lower = active.Remember(0);
    readonly PerImage upper = active.Remember(double.PositiveInfinity);
    readonly PerImage constant = active.Remember(first);

    /// <summary>c, [A].</summary>
    public Tensor Value => constant.Value;

    /// <summary>Moves to the next constant, after a round that broke some images [A].</summary>
    public void Next(Tensor broken)
    {
        using var scope = NewDisposeScope();
        upper.SetWhere(broken, constant.Value);
        lower.SetWhere(broken.logical_not(), constant.Value);
        var middle = (lower.Value + upper.Value) / 2;
        constant.Set(where(middle.isinf(), 10 * constant.Value, middle));
    }
}
