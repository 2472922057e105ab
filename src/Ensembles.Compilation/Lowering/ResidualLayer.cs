using static TorchSharp.torch;

namespace Ensembles;

/// <summary>branch(x) + shortcut(x); a shortcut without layers is x itself.</summary>
sealed class ResidualLayer(FrozenNetwork branch, FrozenNetwork shortcut) : SumLayer
{
    public override string Architecture => $"({branch.Architecture}) + ({shortcut.Architecture})";

    public override IReadOnlyList<FrozenLayer> Branch => branch.Layers;

    public override IReadOnlyList<FrozenLayer> Shortcut => shortcut.Layers;

    public override IEnumerable<FrozenLayer> Inside => branch.AllLayers.Concat(shortcut.AllLayers);

    public override bool IsSame(FrozenLayer other) =>
        other is ResidualLayer its && branch.IsSame(its.Added) && shortcut.IsSame(its.Passed);

    FrozenNetwork Added => branch;

    FrozenNetwork Passed => shortcut;

    public override Tensor Run(Tensor x)
    {
        using var added = branch.Run(x);
        using var passed = shortcut.Run(x);
        return added.add(passed, Constant.Of(1));
    }

    public override string? Script(ScriptText text, string x) =>
        branch.Script(text, x) is { } added && shortcut.Script(text, x) is { } passed
            ? text.Let($"torch.add({added}, {passed})")
            : null;

    public override bool CanRefresh => branch.CanRefresh && shortcut.CanRefresh;

    public override void Refresh()
    {
        branch.Refresh();
        shortcut.Refresh();
    }

    public override double Bound(double input) => branch.Bound(input) + shortcut.Bound(input);

    /// <summary>The same sum with both networks on another path, each from float32 to float32.</summary>
    /// <param name="path">How convolutions are computed.</param>
    /// <param name="precision">What everything else with weights computes in.</param>
    /// <param name="shape">The shape of the input; null where it may be any.</param>
    /// <param name="withGradient">Whether fused convolutions take part in autograd.</param>
    public ResidualLayer Variant(ConvolutionPath path, ScalarType precision, long[]? shape, bool withGradient)
    {
        using var sample = shape is null ? null : zeros(shape);
        return new ResidualLayer(
            branch.Variant(path, precision, sample, withGradient),
            shortcut.Variant(path, precision, sample, withGradient));
    }
}
