using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What several networks give for one input, one behind the other in a dimension.</summary>
/// <param name="ways">The networks; one without layers is the input itself.</param>
/// <param name="axis">The dimension.</param>
sealed class ConcatLayer(IReadOnlyList<FrozenNetwork> ways, long axis) : FrozenLayer
{
    /// <summary>The networks.</summary>
    public IReadOnlyList<FrozenNetwork> Ways => ways;

    public override string Architecture =>
        $"({string.Join(") and (", ways.Select(way => way.Architecture))}) in dimension {axis}";

    public override IEnumerable<FrozenLayer> Inside => ways.SelectMany(way => way.AllLayers);

    public override bool IsSame(FrozenLayer other) =>
        IsAlike(other) && other is ConcatLayer its && ways.Zip(its.Ways).All(pair => pair.First.IsSame(pair.Second));

    public override Tensor Run(Tensor x)
    {
        List<Tensor> parts = [.. ways.Select(way => way.Run(x))];
        var joined = cat(parts, axis);
        parts.ForEach(part => part.Dispose());
        return joined;
    }

    public override string? Script(ScriptText text, string x)
    {
        var parts = ways.Select(way => way.Script(text, x)).ToList();
        return parts.Contains(null) ? null : text.Let($"torch.cat([{string.Join(", ", parts)}], {axis})");
    }

    public override bool CanRefresh => ways.All(way => way.CanRefresh);

    public override void Refresh()
    {
        foreach (var way in ways)
            way.Refresh();
    }

    public override double Bound(double input) => ways.Max(way => way.Bound(input));

    /// <summary>The same with all networks on another path, each from float32 to float32.</summary>
    /// <inheritdoc cref="ResidualLayer.Variant"/>
    public ConcatLayer Variant(ConvolutionPath path, ScalarType precision, long[]? shape, bool withGradient)
    {
        using var sample = shape is null ? null : zeros(shape);
        return new([.. ways.Select(way => way.Variant(path, precision, sample, withGradient))], axis);
    }
}
