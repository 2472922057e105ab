using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The search, for each image, for the smallest weight c of the loss in ||delta||^2 + c f that still breaks the image: ten times as large until it
/// does, then bisection.
/// </summary>
sealed class ConstantSearch : IDisposable
{
    readonly PerImage lower;
    readonly PerImage upper;
    readonly PerImage constant;

    /// <summary>Starts every image of a front at the same constant.</summary>
    public ConstantSearch(double first, Tensor images)
    {
        using var scope = NewDisposeScope();
        lower = new(zeros(images.size(0), device: images.device));
        upper = new(full(images.size(0), float.PositiveInfinity, device: images.device));
        constant = new(full(images.size(0), (float)first, device: images.device));
    }

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

    /// <summary>Goes on with some of the images.</summary>
    public void Select(Tensor left)
    {
        lower.Select(left);
        upper.Select(left);
        constant.Select(left);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lower.Dispose();
        upper.Dispose();
        constant.Dispose();
    }
}
