using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>What stands around an image that is made larger.</summary>
public enum PadMode
{
    /// <summary>One number.</summary>
    Constant,

    /// <summary>The image mirrored at its edge pixels.</summary>
    Reflect,

    /// <summary>The pixels of its edge.</summary>
    Edge,
}

/// <summary>Elements put around a value: in the last two dimensions, or with one number in any.</summary>
/// <param name="Before">For each dimension how many before.</param>
/// <param name="After">For each dimension how many behind; negative ones take away.</param>
/// <param name="Mode">What they are.</param>
/// <param name="Value">The number of <see cref="PadMode.Constant"/>.</param>
public sealed record Pad(IReadOnlyList<long> Before, IReadOnlyList<long> After, PadMode Mode = PadMode.Constant,
    float Value = 0) : SingleOperation
{
    const long Most = 1L << 20;

    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
        [("mode", Mode.ToString().ToLowerInvariant())];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs =>
        [tensor((long[])[.. Before, .. After]), .. Mode == PadMode.Constant ? [tensor(Value)] : Array.Empty<Tensor>()];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (type, shape) = (inputs.Floating(0), inputs[0]!.Shape);
        if (Before.Count != shape.Count || After.Count != shape.Count)
            throw new GraphException($"{Before.Count} and {After.Count} numbers for the dimensions {shape}.");
        return new(type.Type, new(shape.Select((size, i) => Padded(size, i, shape.Count))));
    }

    Dimension Padded(Dimension size, int dimension, int rank)
    {
        var (before, after) = (Before[dimension], After[dimension]);
        if ((before, after) == (0, 0))
            return size;
        var count = size.Number("What it puts elements around");
        var inside = Mode == PadMode.Constant || (rank is 3 or 4 && dimension >= rank - 2 && before >= 0 && after >= 0
            && (Mode == PadMode.Edge || Math.Max(before, after) < count));
        return !inside || Math.Abs(before) > Most || Math.Abs(after) > Most || count + before + after < 0
            ? throw new GraphException($"It cannot put {before} and {after} elements around {size}.")
            : count + before + after;
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var x = inputs[0]!;
        var last = Mode == PadMode.Constant ? Before.Count : 2;
        long[] sizes = [.. Enumerable.Range(1, last).SelectMany(i => new[] { Before[^i], After[^i] })];
        return functional.pad(x, sizes, Mode switch
        {
            PadMode.Reflect => PaddingModes.Reflect,
            PadMode.Edge => PaddingModes.Replicate,
            _ => PaddingModes.Constant,
        }, Value);
    }
}
