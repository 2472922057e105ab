using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>The same elements in another shape.</summary>
/// <param name="Sizes">The sizes: 0 for that of the input in the same dimension, -1 once for what is left.</param>
public sealed record Reshape(IReadOnlyList<long> Sizes) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs => [tensor(Sizes.ToArray())];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        return new(type.Type, Target(type.Shape)) { Contents = Sizes.Count <= 1 ? type.Contents : null };
    }

    Shape Target(Shape shape)
    {
        var open = -1;
        var sizes = new Dimension[Sizes.Count];
        for (var i = 0; i < sizes.Length; i++)
        {
            if (Sizes[i] == -1 && open < 0)
                (open, sizes[i]) = (i, 1);
            else if (Sizes[i] == 0 && i < shape.Count)
                sizes[i] = shape[i];
            else
                sizes[i] = Sizes[i] > 0 ? Sizes[i] : throw Misfit(shape);
        }

        var given = new Shape(sizes);
        if (open >= 0)
        {
            var left = given.Elements == 0 ? 0 : shape.Elements / given.Elements;
            if (given.HasBatch && !shape.HasBatch)
                throw Misfit(shape);
            sizes[open] = new(left, shape.HasBatch && !given.HasBatch);
        }

        var target = new Shape(sizes);
        return target.Flat == shape.Flat ? target : throw Misfit(shape);
    }

    GraphException Misfit(Shape shape) => new($"The shape {shape} cannot become [{string.Join(", ", Sizes)}].");

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) => inputs[0]!.reshape(
        [.. Sizes.Select((size, i) => size == 0 ? inputs[0]!.size(i) : size)]);
}

/// <summary>The same elements as a matrix.</summary>
/// <param name="Axis">The first dimension that goes into the columns.</param>
public sealed record Flatten(long Axis = 1) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("axis", Axis)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        var axis = At(type.Shape.Count);
        return new(
            type.Type, new(new Shape(type.Shape.Take(axis)).Flat, new Shape(type.Shape.Skip(axis)).Flat));
    }

    int At(int rank) => Axis >= -rank && Axis <= rank
        ? (int)(Axis < 0 ? Axis + rank : Axis)
        : throw new GraphException($"There is no dimension {Axis} of {rank}.");

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var x = inputs[0]!;
        var rows = x.shape.Take(At((int)x.dim())).Aggregate(1L, (product, size) => product * size);
        return x.reshape(rows, rows == 0 ? 0 : x.numel() / rows);
    }
}

/// <summary>The dimensions in another order.</summary>
/// <param name="Order">For each dimension of the output that of the input.</param>
public sealed record Transpose(IReadOnlyList<long> Order) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("perm", Order.ToArray())];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        return Order.Order().SequenceEqual(Enumerable.Range(0, type.Shape.Count).Select(i => (long)i))
            ? new(type.Type, new(Order.Select(i => type.Shape[(int)i])))
            : throw new GraphException($"[{string.Join(", ", Order)}] is no order of the dimensions {type.Shape}.");
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) => inputs[0]!.permute([.. Order]);
}

/// <summary>Dimensions of size 1 taken away.</summary>
/// <param name="Axes">The dimensions.</param>
public sealed record Squeeze(IReadOnlyList<long> Axes) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs => [tensor(Axes.ToArray())];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        var axes = Axes.Select(axis => type.Shape.Axis(axis)).ToHashSet();
        if (axes.Any(axis => type.Shape[axis] != 1))
            throw new GraphException($"Of {type} the dimensions [{string.Join(", ", Axes)}] are not all 1.");
        return new(type.Type, new(type.Shape.Where((_, i) => !axes.Contains(i)))) { Contents = type.Contents };
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var x = inputs[0]!;
        var axes = Axes.Select(axis => axis < 0 ? axis + x.dim() : axis).ToHashSet();
        return x.reshape([.. x.shape.Where((_, i) => !axes.Contains(i))]);
    }
}

/// <summary>Dimensions of size 1 put in.</summary>
/// <param name="Axes">Where they are in the output.</param>
public sealed record Unsqueeze(IReadOnlyList<long> Axes) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs => [tensor(Axes.ToArray())];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        var rank = type.Shape.Count + Axes.Count;
        var axes = Axes.Select(axis => axis < 0 ? axis + rank : axis).ToHashSet();
        if (axes.Count < Axes.Count || axes.Any(axis => axis < 0 || axis >= rank))
            throw new GraphException($"[{string.Join(", ", Axes)}] are no new dimensions of {type}.");
        var old = type.Shape.GetEnumerator();
        return new(type.Type, new(Enumerable.Range(0, rank).Select(Next))) { Contents = type.Contents };

        Dimension Next(int i) => axes.Contains(i) || !old.MoveNext() ? 1 : old.Current;
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var x = inputs[0]!;
        var rank = x.dim() + Axes.Count;
        var axes = Axes.Select(axis => axis < 0 ? axis + rank : axis).ToHashSet();
        var old = 0;
        return x.reshape([.. Enumerable.Range(0, (int)rank).Select(i => axes.Contains(i) ? 1 : x.size(old++))]);
    }
}

/// <summary>Dimensions of size 1 repeated, as NumPy broadcasts.</summary>
/// <param name="Sizes">What the input broadcasts with; a size may be N.</param>
public sealed record Expand(IReadOnlyList<Dimension> Sizes) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <summary>Where a size is N it is no constant.</summary>
    public override IReadOnlyList<Tensor?> ConstantInputs => Sizes.Any(size => size.IsBatch)
        ? throw new GraphException("A value that is repeated for each image has no constant shape.")
        : [tensor(Sizes.Select(size => size.Factor).ToArray())];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs) =>
        new(inputs.Present(0).Type, Shape.Broadcast(inputs[0]!.Shape, new(Sizes)));

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        using var sized = empty(new Shape(Sizes).At(run.Images), dtype: ScalarType.Bool, device: inputs[0]!.device);
        return broadcast_tensors(inputs[0]!, sized)[0];

    }
}
