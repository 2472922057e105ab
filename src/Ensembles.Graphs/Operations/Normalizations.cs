using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>
/// Each channel of [N, C, ...] less its mean, divided by its deviation, times a scale, plus a bias: of x, scale, bias,
/// mean and variance [C].
/// </summary>
/// <param name="Epsilon">What is added to the variance.</param>
/// <param name="Momentum">The share of the running mean and variance that stays, in training.</param>
public sealed record BatchNormalization(float Epsilon = 1e-5f, float Momentum = 0.9f) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (5, 5);

    /// <inheritdoc/>
    public override bool IsTrained(int input) => input is 1 or 2;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
        [("epsilon", Epsilon), ("momentum", Momentum)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var images = inputs.Floating(0);
        if (images.Shape.Count < 2)
            throw new GraphException($"What it normalises has the shape {images.Shape}, and [N, C, ...] is needed.");
        string[] names = ["", "Its scale", "Its bias", "Its mean", "Its variance"];
        for (var i = 1; i < names.Length; i++)
        {
            _ = inputs.Present(i);
            Requirements.Agree(inputs[i], images, names[i], images.Shape[1].Number("The number of channels"));
        }

        return new(images.Type, images.Shape);
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) => functional.batch_norm(
        inputs[0]!, inputs[3]!, inputs[4]!, inputs[1], inputs[2], run.Training, 1 - (double)Momentum, Epsilon);
}

/// <summary>
/// Each channel of each image [N, C, ...] less its own mean, divided by its own deviation, times a scale, plus a bias.
/// </summary>
/// <param name="Epsilon">What is added to the variance.</param>
public sealed record InstanceNormalization(float Epsilon = 1e-5f) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (3, 3);

    /// <inheritdoc/>
    public override bool IsTrained(int input) => input > 0;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("epsilon", Epsilon)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var images = inputs.Floating(0);
        if (images.Shape.Count < 3 || images.Shape.Skip(2).Any(size => size.IsBatch))
            throw new GraphException($"What it normalises has the shape {images.Shape}, and [N, C, ...] is needed.");
        Requirements.Agree(inputs.Present(1), images, "Its scale", images.Shape[1].Number("The number of channels"));
        Requirements.Agree(inputs.Present(2), images, "Its bias", images.Shape[1].Factor);
        return new(images.Type, images.Shape);
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        using var scope = NewDisposeScope();
        var x = inputs[0]!;
        long[] pixels = [.. Enumerable.Range(2, (int)x.dim() - 2).Select(i => (long)i)];
        long[] channels = [1, -1, .. Enumerable.Repeat(1L, pixels.Length)];
        var off = x - x.mean(pixels, keepdim: true);
        var deviation = ((off * off).mean(pixels, keepdim: true) + Epsilon).sqrt();
        return (off / deviation * inputs[1]!.view(channels) + inputs[2]!.view(channels)).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// What lies in the last dimensions less its mean, divided by its deviation, times a scale, plus a bias, which may be
/// left out.
/// </summary>
/// <param name="Axis">The first of those dimensions.</param>
/// <param name="Epsilon">What is added to the variance.</param>
public sealed record LayerNormalization(long Axis = -1, float Epsilon = 1e-5f) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (2, 3);

    /// <inheritdoc/>
    public override bool IsTrained(int input) => input > 0;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("axis", Axis), ("epsilon", Epsilon)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var x = inputs.Floating(0);
        var last = x.Shape.Skip(x.Shape.Axis(Axis)).Select(size => size.Number("What it normalises")).ToArray();
        Requirements.Agree(inputs.Present(1), x, "Its scale", last);
        Requirements.Agree(inputs.Optional(2), x, "Its bias", last);
        return new(x.Type, x.Shape);
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        functional.layer_norm(inputs[0]!, inputs[1]!.shape, inputs[1]!, inputs.Optional(2)!, Epsilon);
}

/// <summary>Divided by its norm along a dimension; zeros stay.</summary>
/// <param name="Axis">The dimension.</param>
/// <param name="P">1 for the sum of absolute values, 2 for the Euclidean norm.</param>
public sealed record LpNormalization(long Axis = -1, long P = 2) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("axis", Axis), ("p", P)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var x = inputs.Floating(0);
        _ = x.Shape[x.Shape.Axis(Axis)].Number("What it normalises");
        return P is 1 or 2 ? x : throw new GraphException($"The norm is of order {P}, and 1 or 2 is needed.");
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        functional.normalize(inputs[0]!, P, Axis);
}
