using Ensembles.Graphs;
using static Ensembles.Onnx.ElementwiseOperators;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>Operators that give images another size.</summary>
static class SizeOperators
{
    public static IEnumerable<KeyValuePair<string, Func<NodeReading, IReadOnlyList<Value>>>> All =>
    [
        Entry("Resize", node => node.Version < 11 ? Upsample(node) : Resize(node)),
        Entry("Upsample", Upsample),
        Entry("DepthToSpace", DepthToSpace),
    ];

    /// <summary>In versions before 11, where places are x / s.</summary>
    static IReadOnlyList<Value> Upsample(NodeReading node)
    {
        var (height, width) = Sides(node);
        var scales = node.Version < 9 ? node.Floats("scales") : Numbers(node, 1);
        var (rows, columns, down, right) = ByScales(scales ?? [], height, width, [0, 1, 2, 3]);
        var mode = node.Text("mode", "nearest") switch
        {
            "nearest" => ResizeMode.Nearest,
            "linear" or "bilinear" => ResizeMode.Linear,
            var other => throw new InvalidDataException($"its mode is {other}"),
        };
        return node.Of(
            new Resize(rows, columns, (down, right), mode, ResizePlaces.Asymmetric) { Nearest = ResizeNearest.Floor },
            node.Input(0));
    }

    static IReadOnlyList<Value> Resize(NodeReading node)
    {
        node.Only("antialias", 0);
        node.Only("exclude_outside", 0);
        _ = node.Float("extrapolation_value", 0);
        if (node.Text("keep_aspect_ratio_policy", "stretch") is var policy and not "stretch")
            throw new InvalidDataException($"its keep_aspect_ratio_policy is {policy}");
        var (height, width) = Sides(node);
        var axes = node.Ints("axes") is { } some
            ? some.Select(axis => (long)node.Input(0).Type.Shape.Axis(axis)).ToArray()
            : [0, 1, 2, 3];
        var (rows, columns, down, right) = node.Optional(3) is null
            ? ByScales(Numbers(node, 2) ?? [], height, width, axes)
            : BySizes(node.Sizes(3)!, node.Input(0).Type.Shape, axes);
        var mode = node.Text("mode", "nearest") switch
        {
            "nearest" => ResizeMode.Nearest,
            "linear" => ResizeMode.Linear,
            "cubic" => ResizeMode.Cubic,
            var other => throw new InvalidDataException($"its mode is {other}"),
        };
        var places = node.Text("coordinate_transformation_mode", "half_pixel") switch
        {
            "half_pixel" => ResizePlaces.HalfPixel,
            "pytorch_half_pixel" => ResizePlaces.PytorchHalfPixel,
            "align_corners" => ResizePlaces.AlignCorners,
            "asymmetric" => ResizePlaces.Asymmetric,
            var other => throw new InvalidDataException($"its coordinate_transformation_mode is {other}"),
        };
        var nearest = node.Text("nearest_mode", "round_prefer_floor") switch
        {
            "round_prefer_floor" => ResizeNearest.RoundPreferFloor,
            "round_prefer_ceil" => ResizeNearest.RoundPreferCeil,
            "floor" => ResizeNearest.Floor,
            "ceil" => ResizeNearest.Ceil,
            var other => throw new InvalidDataException($"its nearest_mode is {other}"),
        };
        return node.Of(
            new Resize(rows, columns, (down, right), mode, places)
            {
                Nearest = nearest,
                CubicCoefficient = node.Float("cubic_coeff_a", -0.75f),
            },
            node.Input(0));
    }

    /// <summary>Channels as squares of pixels.</summary>
    static IReadOnlyList<Value> DepthToSpace(NodeReading node)
    {
        var (height, width) = Sides(node);
        var (r, shape) = (node.Int("blocksize", 0), node.Input(0).Type.Shape);
        var channels = shape[1].IsBatch ? 0 : shape[1].Factor;
        if (r is < 1 or > 1024 || channels % (r * r) != 0)
            throw new InvalidDataException($"it makes squares of {r} by {r} pixels of {node.Input(0).Type}");
        var left = channels / (r * r);
        var (parts, order) = node.Text("mode", "DCR") switch
        {
            "DCR" => ((long[])[0, r, r, left, height, width], (long[])[0, 3, 4, 1, 5, 2]),
            "CRD" => ([0, left, r, r, height, width], [0, 1, 4, 2, 5, 3]),
            var other => throw new InvalidDataException($"its mode is {other}"),
        };
        var squares = node.Of(new Transpose(order), node.Of(new Reshape(parts), node.Input(0))[0])[0];
        return node.Of(new Reshape([0, left, height * r, width * r]), squares);
    }

    static (long Height, long Width) Sides(NodeReading node) => node.Input(0).Type.Shape is
        [_, _, { IsBatch: false } height, { IsBatch: false } width]
        ? (height.Factor, width.Factor)
        : throw new InvalidDataException($"it is of {node.Input(0).Type}, and images [N, C, H, W] are needed");

    static IReadOnlyList<float>? Numbers(NodeReading node, int input)
    {
        if (node.Optional(input) is not { } value)
            return null;
        if (value.Tensor is not { } tensor || tensor.numel() > 4)
            throw new InvalidDataException($"its input {input}, {value.Name}, is not known beforehand");
        using var scope = NewDisposeScope();
        return tensor.to_type(ScalarType.Float32).data<float>().ToArray();
    }

    static (long Rows, long Columns, double Down, double Right) ByScales(
        IReadOnlyList<float> scales, long height, long width, IReadOnlyList<long> axes)
    {
        if (scales.Count != axes.Count)
            throw new InvalidDataException($"it has {scales.Count} scales for {axes.Count} dimensions");
        float Of(long axis) => axes.Index().Where(a => a.Item == axis).Select(a => scales[a.Index]).FirstOrDefault(1f);
        if (Of(0) != 1 || Of(1) != 1)
            throw new InvalidDataException("it resizes the batch or the channels");
        var (down, right) = (Of(2), Of(3));
        return ((long)(height * down), (long)(width * right), down, right);
    }

    static (long Rows, long Columns, double Down, double Right) BySizes(
        IReadOnlyList<Dimension> sizes, Shape shape, IReadOnlyList<long> axes)
    {
        if (sizes.Count != axes.Count)
            throw new InvalidDataException($"it has {sizes.Count} sizes for {axes.Count} dimensions");
        Dimension Of(int axis) =>
            axes.Index().Where(a => a.Item == axis).Select(a => sizes[a.Index]).FirstOrDefault(shape[axis]);
        // A file for a fixed batch has its number where one for any batch has N.
        if (Of(1) != shape[1] || (Of(0).IsBatch && Of(0) != shape[0]))
            throw new InvalidDataException("it resizes the batch or the channels");
        var (rows, columns) = (Of(2).Number, Of(3).Number);
        return (rows, columns, (double)rows / shape[2].Factor, (double)columns / shape[3].Factor);
    }
}
