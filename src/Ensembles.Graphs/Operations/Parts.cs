using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>Values one behind the other in a dimension.</summary>
/// <param name="Axis">The dimension.</param>
public sealed record Concat(long Axis) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, int.MaxValue);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("axis", Axis)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var first = inputs.Present(0);
        var axis = first.Shape.Axis(Axis);
        var sum = 0L;
        for (var i = 0; i < inputs.Count; i++)
        {
            var next = inputs.Present(i);
            if (next.Type != first.Type || next.Shape.Count != first.Shape.Count || next.Shape[axis].IsBatch
                || !next.Shape.With(axis, 1).Equals(first.Shape.With(axis, 1)))
                throw new GraphException($"It cannot put {next} behind {first} in dimension {Axis}.");
            sum = checked(sum + next.Shape[axis].Factor);
        }

        return new(first.Type, first.Shape.With(axis, sum))
        {
            Contents = first.Shape.Count == 1 && sum <= TensorType.MostContents
                && inputs.All(input => input!.Contents is not null)
                ? [.. inputs.SelectMany(input => input!.Contents!)]
                : null,
        };
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) => cat([.. inputs!], Axis);
}

/// <summary>Every so many elements from a start to an end, along one dimension.</summary>
/// <param name="Axis">The dimension.</param>
/// <param name="Start">The first; negative ones count from the end.</param>
/// <param name="End">Before which it ends; negative ones count from the end.</param>
/// <param name="Step">The step; a negative one goes backwards.</param>
public sealed record Slice(long Axis, long Start, long End, long Step = 1) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs =>
        [tensor(new[] { Start }), tensor(new[] { End }), tensor(new[] { Axis }), tensor(new[] { Step })];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        var axis = type.Shape.Axis(Axis);
        if (Step is 0 or < -int.MaxValue or > int.MaxValue)
            throw new GraphException($"It goes in steps of {Step}.");
        if (type.Shape[axis].IsBatch)
            return (Start, End, Step) is (0, >= int.MaxValue, 1)
                ? type
                : throw new GraphException("It takes some images of a batch.");
        var (first, count) = Within(type.Shape[axis].Factor);
        return new(type.Type, type.Shape.With(axis, count))
        {
            Contents = type.Contents is { } contents && type.Shape.Count == 1
                ? [.. Enumerable.Range(0, (int)count).Select(i => contents[(int)(first + (i * Step))])]
                : null,
        };
    }

    /// <summary>The first place and how many there are.</summary>
    (long First, long Count) Within(long size)
    {
        var (least, most) = Step > 0 ? (0, size) : (-1, size - 1);
        var (first, end) = (Place(Start), Place(End));
        var room = Step > 0 ? end - first : first - end;
        return (first, room <= 0 ? 0 : ((room - 1) / Math.Abs(Step)) + 1);

        long Place(long place) => Math.Clamp(place < 0 ? Math.Max(place, -size - 1) + size : place, least, most);
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var x = inputs[0]!;
        var (first, count) = Within(x.size((int)(Axis < 0 ? Axis + x.dim() : Axis)));
        if (count == 0)
            return x.narrow(Axis, 0, 0);
        if (Step > 0)
            return x.slice(Axis, first, first + ((count - 1) * Step) + 1, Step);
        using var places = arange(first, first + (count * Step), Step, ScalarType.Int64, x.device);
        return x.index_select(Axis, places);
    }
}

/// <summary>A value cut into parts along a dimension.</summary>
/// <param name="Axis">The dimension.</param>
/// <param name="Sizes">The sizes of the parts.</param>
public sealed record Split(long Axis, IReadOnlyList<long> Sizes) : Operation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("axis", Axis)];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs => [tensor(Sizes.ToArray())];

    /// <inheritdoc/>
    public override IReadOnlyList<TensorType> Infer(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        var axis = type.Shape.Axis(Axis);
        if (Sizes.Count == 0 || Sizes.Any(size => size < 0) || type.Shape[axis] != Sizes.Sum())
            throw new GraphException(
                $"Parts of [{string.Join(", ", Sizes)}] do not make up dimension {Axis} of {type}.");
        return [.. Sizes.Select(size => new TensorType(type.Type, type.Shape.With(axis, size)))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        inputs[0]!.split([.. Sizes], Axis);
}

/// <summary>The elements at int64 places along a dimension, in whose stead the shape of the places stands.</summary>
/// <param name="Axis">The dimension.</param>
public sealed record Gather(long Axis = 0) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (2, 2);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("axis", Axis)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (type, places) = (inputs.Present(0), inputs.Present(1));
        var axis = type.Shape.Axis(Axis);
        if (places.Type != ScalarType.Int64 || places.Contents is not { } at || type.Shape[axis].IsBatch)
            throw new GraphException($"It takes elements of {type} at {places} that are not known beforehand.");
        var size = type.Shape[axis].Factor;
        if (at.Any(place => place.IsBatch || place.Factor < -size || place.Factor >= size))
            throw new GraphException($"It takes elements that {type} does not have.");
        return new(type.Type, new(type.Shape.Take(axis).Concat(places.Shape).Concat(type.Shape.Skip(axis + 1))))
        {
            Contents = type.Contents is { } contents && type.Shape.Count == 1
                ? [.. at.Select(place => contents[(int)(place.Factor < 0 ? place.Factor + size : place.Factor)])]
                : null,
        };
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        using var scope = NewDisposeScope();
        var (x, places) = (inputs[0]!, inputs[1]!.reshape(-1));
        var axis = Axis < 0 ? Axis + x.dim() : Axis;
        var taken = x.index_select(axis, where(places.lt(0), places + x.size((int)axis), places));
        return taken
            .reshape([.. x.shape.Take((int)axis), .. inputs[1]!.shape, .. x.shape.Skip((int)axis + 1)])
            .MoveToOuterDisposeScope();
    }
}

/// <summary>The sizes of a value, int64.</summary>
public sealed record ShapeOf : SingleOperation
{
    /// <inheritdoc/>
    public override string Name => "Shape";

    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs) =>
        new(ScalarType.Int64, new(inputs.Present(0).Shape.Count)) { Contents = [.. inputs[0]!.Shape] };

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        tensor(inputs[0]!.shape, device: inputs[0]!.device);
}
