using Ensembles.Graphs;
using static Ensembles.Onnx.ElementwiseOperators;

namespace Ensembles.Onnx;

/// <summary>Convolutions, pooling, products and normalisations.</summary>
static class LayerOperators
{
    public static IEnumerable<KeyValuePair<string, Func<NodeReading, IReadOnlyList<Value>>>> All =>
    [
        Entry("Conv", Conv),
        Entry("ConvTranspose", ConvTranspose),
        Entry("MaxPool", MaxPool),
        Entry("AveragePool", AveragePool),
        Entry("GlobalAveragePool", node => node.Of(new GlobalAveragePool(), node.Input(0))),
        Entry("GlobalMaxPool", node => node.Of(new GlobalMaxPool(), node.Input(0))),
        Entry("Gemm", Gemm),
        Entry("MatMul", node => node.Of(new MatMul(), node.Input(0), node.Input(1))),
        Entry("BatchNormalization", BatchNormalization),
        Entry("InstanceNormalization", node => node.Of(
            new InstanceNormalization(node.Float("epsilon", 1e-5f)), node.Input(0), node.Input(1), node.Input(2))),
        Entry("LayerNormalization", LayerNormalization),
        Entry("LpNormalization", node => node.Of(
            new LpNormalization(node.Int("axis", -1), node.Int("p", 2)), node.Input(0))),
    ];

    static IReadOnlyList<Value> Conv(NodeReading node)
    {
        var weights = node.Input(1).Type.Shape;
        if (weights.Count != 4 || node.Input(0).Type.Shape.Count != 4)
            throw new InvalidDataException(
                $"it convolves {node.Input(0).Type} with {node.Input(1).Type}, and only images [N, C, H, W] are read "
                    + "here");
        long[] kernel = [weights[2].Factor, weights[3].Factor];
        var window = Window(node, node.Ints("kernel_shape") ?? kernel);
        return node.Of(
            new Conv(window, node.Int("group", 1)), node.Input(0), node.Input(1), node.Optional(2));
    }

    static IReadOnlyList<Value> ConvTranspose(NodeReading node)
    {
        var weights = node.Input(1).Type.Shape;
        if (weights.Count != 4 || node.Input(0).Type.Shape.Count != 4)
            throw new InvalidDataException(
                $"it convolves {node.Input(0).Type} with {node.Input(1).Type}, and only images [N, C, H, W] are read "
                    + "here");
        if (node.Ints("output_shape") is not null || node.Text("auto_pad", "NOTSET") is not ("NOTSET" or "VALID"))
            throw new InvalidDataException("it says how large its output is, and only its padding is read here");
        long[] kernel = [weights[2].Factor, weights[3].Factor];
        var window = Window(node, node.Ints("kernel_shape") ?? kernel);
        var besides = node.Ints("output_padding") ?? [0, 0];
        if (besides.Count != 2)
            throw new InvalidDataException($"its output_padding has {besides.Count} numbers, and 2 are needed");
        return node.Of(
            new ConvTranspose(window, node.Int("group", 1), besides[0], besides[1]),
            node.Input(0), node.Input(1), node.Optional(2));
    }

    static IReadOnlyList<Value> MaxPool(NodeReading node)
    {
        node.Only("storage_order", 0);
        var window = Window(node, node.Ints("kernel_shape") ?? [])
            with { Ceiling = node.Int("ceil_mode", 0) != 0 };
        return node.Of(new MaxPool(window), node.Input(0));
    }

    static IReadOnlyList<Value> AveragePool(NodeReading node)
    {
        var window = Window(node, node.Ints("kernel_shape") ?? [])
            with { Ceiling = node.Int("ceil_mode", 0) != 0 };
        return node.Of(new AveragePool(window, node.Int("count_include_pad", 0) != 0), node.Input(0));
    }

    /// <summary>How a window moves over the node's images.</summary>
    static Window Window(NodeReading node, IReadOnlyList<long> kernel)
    {
        var (strides, dilations) = (node.Ints("strides") ?? [1, 1], node.Ints("dilations") ?? [1, 1]);
        var (pads, auto) = (node.Ints("pads") ?? [0, 0, 0, 0], node.Text("auto_pad", "NOTSET"));
        if (kernel.Count != 2 || strides.Count != 2 || dilations.Count != 2 || pads.Count != 4)
            throw new InvalidDataException(
                $"its window is [{string.Join(", ", kernel)}], and only windows on images [N, C, H, W] are read here");
        var shape = node.Input(0).Type.Shape;
        if (shape.Count != 4)
            throw new InvalidDataException($"it is of {node.Input(0).Type}, and images [N, C, H, W] are needed");
        var window = new Window(kernel[0], kernel[1])
        {
            Strides = (strides[0], strides[1]),
            Dilations = (dilations[0], dilations[1]),
        };
        if (auto is "SAME_UPPER" or "SAME_LOWER")
        {
            var upper = auto == "SAME_UPPER";
            var (top, bottom) = Same(shape[2], kernel[0], strides[0], dilations[0], upper);
            var (left, right) = Same(shape[3], kernel[1], strides[1], dilations[1], upper);
            return window with { Padding = new(top, left, bottom, right) };
        }

        return auto switch
        {
            "NOTSET" or "" => window with { Padding = new(pads[0], pads[1], pads[2], pads[3]) },
            "VALID" => window,
            _ => throw new InvalidDataException($"its auto_pad is {auto}"),
        };
    }

    /// <summary>Padding by which a window with a stride gives ceil(size / stride) values.</summary>
    static (long Before, long After) Same(Dimension size, long window, long stride, long dilation, bool upper)
    {
        const long Most = 1 << 20;
        if (size.IsBatch || stride < 1 || size.Factor > Most || window is < 1 or > Most || dilation is < 1 or > Most)
            throw new InvalidDataException($"a window of {window} with stride {stride} and dilation {dilation}");
        var windows = (size.Factor + stride - 1) / stride;
        var all = Math.Max(0, ((windows - 1) * stride) + ((window - 1) * dilation) + 1 - size.Factor);
        return upper ? (all / 2, all - (all / 2)) : (all - (all / 2), all / 2);
    }

    static IReadOnlyList<Value> Gemm(NodeReading node) => node.Of(
        new Gemm
        {
            Alpha = node.Float("alpha", 1),
            Beta = node.Float("beta", 1),
            TransposesA = node.Int("transA", 0) != 0,
            TransposesB = node.Int("transB", 0) != 0,
        },
        node.Input(0), node.Input(1), node.Optional(2));

    static IReadOnlyList<Value> BatchNormalization(NodeReading node)
    {
        node.Only("spatial", 1);
        node.Only("training_mode", 0);
        return node.Of(
            new BatchNormalization(node.Float("epsilon", 1e-5f), node.Float("momentum", 0.9f)),
            node.Input(0), node.Input(1), node.Input(2), node.Input(3), node.Input(4));
    }

    static IReadOnlyList<Value> LayerNormalization(NodeReading node)
    {
        _ = node.Int("stash_type", 1);
        return node.Of(
            new LayerNormalization(node.Int("axis", -1), node.Float("epsilon", 1e-5f)),
            node.Input(0), node.Input(1), node.Optional(2));
    }
}
