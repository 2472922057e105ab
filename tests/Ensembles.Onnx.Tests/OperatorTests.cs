using Ensembles.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>Operators in the ways that files use them, beside ONNX Runtime.</summary>
public sealed class OperatorTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    /// <summary>A node of images [N, 4, 6, 7], the version of the operator set, and its other inputs.</summary>
    sealed record Case(long Version, string Operator, object[] Attributes, params object?[] Inputs)
    {
        public string[] Outputs { get; init; } = ["y"];

        /// <summary>What the images become before the node.</summary>
        public long[]? Before { get; init; }
    }

    static readonly float[] channels = [0.5f, -1, 2, 0.25f];

    static readonly Dictionary<string, Case> cases = new()
    {
        ["same padding, more below"] = Conv(13, "auto_pad", "SAME_UPPER", "strides", L(2, 2)),
        ["same padding, more above"] = Conv(13, "auto_pad", "SAME_LOWER", "strides", L(2, 2)),
        ["no padding by name"] = Conv(11, "auto_pad", "VALID", "dilations", L(2, 1)),
        ["uneven padding"] = Conv(8, "pads", L(2, 0, 1, 3), "kernel_shape", L(3, 3)),
        ["maxima over the edge"] = Pool("MaxPool", "ceil_mode", 1L, "strides", L(2, 3), "pads", L(1, 1, 1, 1)),
        ["maxima with same padding"] = Pool("MaxPool", "auto_pad", "SAME_UPPER", "strides", L(2, 2)),
        ["maxima with dilation"] = Pool("MaxPool", "dilations", L(2, 2), "pads", L(1, 0, 2, 1)),
        ["means of pixels alone"] = Pool("AveragePool", "pads", L(1, 1, 1, 1), "strides", L(2, 2)),
        ["means with padding"] = Pool("AveragePool", "pads", L(1, 1, 1, 1), "count_include_pad", 1L),
        ["means with uneven padding"] = Pool("AveragePool", "pads", L(0, 1, 2, 0), "strides", L(2, 2)),
        ["means with uneven zeros"] = Pool("AveragePool", "pads", L(0, 1, 2, 0), "count_include_pad", 1L),
        ["means with same padding"] = Pool("AveragePool", "auto_pad", "SAME_LOWER", "strides", L(2, 2)),
        ["means over the edge"] = Pool("AveragePool", "ceil_mode", 1L, "strides", L(2, 2)),
        ["largest of a channel"] = new(13, "GlobalMaxPool", []),
        ["softmax of old, over all from a dimension on"] = new(11, "Softmax", ["axis", 2L]),
        ["softmax of old, by default"] = new(9, "Softmax", []),
        ["logarithm of softmax of old"] = new(11, "LogSoftmax", ["axis", 1L]),
        ["softmax over channels"] = new(13, "Softmax", ["axis", 1L]),
        ["limits as attributes"] = new(9, "Clip", ["min", 0.2f, "max", 0.6f]),
        ["no lower limit"] = new(13, "Clip", [], null, 0.6f),
        ["no upper limit"] = new(12, "Clip", [], 0.4f),
        ["padding as an attribute"] = new(10, "Pad", ["pads", L(0, 0, 1, 2, 0, 1, 0, 3), "value", 0.7f]),
        ["padding as an input"] = new(13, "Pad", [], L(0, 0, 1, 2, 0, 1, 0, -3), 0.7f),
        ["mirrored edges"] = new(13, "Pad", ["mode", "reflect"], L(0, 0, 1, 2, 0, 0, 3, 1)),
        ["repeated edges"] = new(13, "Pad", ["mode", "edge"], L(0, 0, 1, 2, 0, 0, 3, 1)),
        ["padding of some dimensions"] = new(18, "Pad", [], L(1, 2, 3, 4), null, L(-1, 2)),
        ["slices as attributes"] = new(9, "Slice", ["starts", L(1, -4), "ends", L(3, 100), "axes", L(1, 3)]),
        ["slices from behind"] = new(13, "Slice", [], L(-1, 5), L(-100, 1), L(2, 3), L(-2, -1)),
        ["slices of the first dimensions"] = new(13, "Slice", [], L(0, 1), L(long.MaxValue, 3)),
        ["parts as attributes"] = new(11, "Split", ["axis", 1L, "split", L(1, 3)]) { Outputs = ["x", "y"] },
        ["parts as an input"] = new(13, "Split", ["axis", -1L], L(3, 4)) { Outputs = ["x", "y"] },
        ["equal parts"] = new(13, "Split", ["axis", 2L]) { Outputs = ["x", "z", "y"] },
        ["parts by their number"] = new(18, "Split", ["axis", 3L, "num_outputs", 2L]) { Outputs = ["x", "y"] },
        ["places"] = new(13, "Gather", ["axis", 2L], L(5, -1, 0)),
        ["mean of pixels"] = new(13, "ReduceMean", ["axes", L(2, 3), "keepdims", 0L]),
        ["mean with dimensions as an input"] = new(18, "ReduceMean", [], L(-1, 1)),
        ["sum of old"] = new(11, "ReduceSum", ["axes", L(1)]),
        ["sum"] = new(13, "ReduceSum", ["keepdims", 0L], L(3, 2)),
        ["maximum"] = new(13, "ReduceMax", ["axes", L(1), "keepdims", 0L]),
        ["minimum"] = new(13, "ReduceMin", ["axes", L(-2)]),
        ["length"] = new(13, "ReduceL2", ["axes", L(1)]),
        ["logarithm of a sum"] = new(13, "ReduceLogSumExp", ["axes", L(1, 2)]),
        ["place of the largest"] = new(13, "ArgMax", ["axis", 1L, "keepdims", 0L]),
        ["hard sigmoid"] = new(13, "HardSigmoid", ["alpha", 0.7f, "beta", 0.1f]),
        ["hard swish"] = new(14, "HardSwish", []),
        ["elu"] = new(13, "Elu", ["alpha", 0.7f]),
        ["selu"] = new(13, "Selu", []),
        ["leaky"] = new(13, "LeakyRelu", []),
        ["slopes"] = new(13, "PRelu", [], Channels(4, 1, 1)),
        ["mish"] = new(18, "Mish", []),
        ["softplus"] = new(13, "Softplus", []),
        ["softsign"] = new(13, "Softsign", []),
        ["erf"] = new(13, "Erf", []),
        ["gelu"] = new(20, "Gelu", []),
        ["gelu by tanh"] = new(20, "Gelu", ["approximate", "tanh"]),
        ["rounding to even"] = new(13, "Round", []),
        ["power by a whole number"] = new(15, "Pow", [], L(3)),
        ["sum of three"] = new(13, "Sum", [], Channels(4, 1, 1), Channels(1, 4, 1, 1)),
        ["largest of three"] = new(13, "Max", [], Channels(4, 1, 1), 0.3f),
        ["smallest of one"] = new(13, "Min", []),
        ["subtraction"] = new(13, "Sub", [], Channels(4, 1, 1)),
        ["division"] = new(7, "Div", [], Channels(1, 4, 1, 1)),
        ["statistics of channels"] = new(15, "BatchNormalization", ["epsilon", 0.01f, "momentum", 0.5f],
            Channels(4), Channels(4), Channels(4), new[] { 0.5f, 1, 2, 0.25f }),
        ["statistics of an image"] = new(13, "InstanceNormalization", ["epsilon", 0.01f], Channels(4), Channels(4)),
        ["statistics of the last dimensions"] = new(17, "LayerNormalization", ["axis", -1L, "epsilon", 0.1f],
            Weights(7), Weights(7)),
        ["transposed matrices"] = new(13, "Gemm", ["alpha", 0.5f, "beta", 2f, "transB", 1L],
            Weights(5, 168), Weights(1, 5)) { Before = [0, -1] },
        ["product without a sum"] = new(11, "Gemm", [], Weights(168, 5)) { Before = [0, -1] },
        ["products of stacks"] = new(13, "MatMul", [], Weights(7, 3)),
        ["products with a vector of matrices"] = new(13, "MatMul", [], Weights(4, 7, 2)),
        ["another order"] = new(13, "Transpose", ["perm", L(0, 2, 3, 1)]),
        ["a matrix"] = new(13, "Flatten", ["axis", -2L]),
        ["dimensions put in"] = new(13, "Unsqueeze", [], L(1, -1)),
        ["dimensions put in of old"] = new(11, "Unsqueeze", ["axes", L(2)]),
        ["dimensions taken away"] = new(13, "Squeeze", [], L(1)) { Before = [0, 1, -1] },
        ["dimensions taken away of old"] = new(11, "Squeeze", ["axes", L(-1)]) { Before = [0, -1, 1] },
        ["the same in another shape"] = new(13, "Reshape", [], L(0, 2, -1, 7)),
        ["repeated"] = new(13, "Expand", [], L(1, 1, 6, 7)) { Before = [0, 168, 1, 1] },
        ["a convolution turned round"] = new(13, "ConvTranspose", ["strides", L(2, 1), "output_padding", L(1, 0),
            "pads", L(1, 0, 1, 0)], Weights(4, 3, 3, 2), Weights(3)),
        ["groups turned round, with dilation"] = new(11, "ConvTranspose", ["group", 2L, "dilations", L(2, 1)],
            Weights(4, 3, 2, 2)),
        ["larger, the nearest"] = Sized("nearest", 2f, 3f),
        ["larger, the nearest below"] = Sized("nearest", 1.5f, 2.4f, "nearest_mode", "floor",
            "coordinate_transformation_mode", "asymmetric"),
        ["larger, the nearest above"] = Sized("nearest", 1.7f, 0.6f, "nearest_mode", "ceil"),
        ["smaller, the nearest of two"] = Sized("nearest", 0.5f, 0.5f, "nearest_mode", "round_prefer_ceil"),
        ["larger by lines"] = Sized("linear", 1.7f, 2f),
        ["smaller by lines, corners kept"] = Sized("linear", 0.7f, 0.3f, "coordinate_transformation_mode",
            "align_corners"),
        ["to one pixel"] = Sized("linear", 0.17f, 0.15f, "coordinate_transformation_mode", "pytorch_half_pixel"),
        ["larger by cubes"] = Sized("cubic", 2f, 1.3f),
        ["larger by other cubes"] = Sized("cubic", 1.5f, 2f, "cubic_coeff_a", -0.5f,
            "coordinate_transformation_mode", "align_corners"),
        ["to sizes"] = new(13, "Resize", ["mode", "linear"], null, null, L(3, 4, 9, 5)),
        ["to sizes of some dimensions"] = new(18, "Resize", ["mode", "nearest", "axes", L(3, 2)], null, null, L(9, 4)),
        ["larger of old"] = new(9, "Upsample", ["mode", "nearest"], new[] { 1f, 1f, 2f, 1.5f }),
        ["larger by lines of old"] = new(10, "Resize", ["mode", "linear"], new[] { 1f, 1f, 1.5f, 3f }),
        ["squares of channels"] = new(13, "DepthToSpace", ["blocksize", 2L]),
        ["squares of channels, the other way"] = new(13, "DepthToSpace", ["blocksize", 2L, "mode", "CRD"]),
        ["divided by the sum"] = new(13, "LpNormalization", ["axis", 1L, "p", 1L]),
        ["divided by the length"] = new(13, "LpNormalization", []),
        ["nothing dropped"] = new(13, "Dropout", [], 0.3f),
        ["nothing dropped of old"] = new(10, "Dropout", ["ratio", 0.3f]),
    };

    public static TheoryData<string> Names() => [.. cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void GivesWhatOnnxRuntimeGives(string name)
    {
        var path = Written(cases[name]);
        using var module = new GraphModule(GraphReading.Of(OnnxFile.Read(path), new()));
        using var runtime = new Runtime(path);
        // Negative ones, too, and halves, which rounding decides on.
        var images = (Given.Images([4, 6, 7], 3) * 6 - 3).round(decimals: 1);

        var expected = runtime.Run(images)["y"];

        var found = module.call(images);
        Assert.Equal(expected.shape, found.shape);
        Assert.True(
            found.allclose(expected, 1e-5, 1e-5),
            $"{(found - expected).to_type(ScalarType.Float32).abs().max().item<float>()}");
    }

    /// <summary>Writes every file of the operators, for whoever breaks them.</summary>
    internal static IEnumerable<string> WriteAll(TemporaryFolder into) =>
        cases.Keys.Select((name, i) => Written(cases[name], into.Path($"operator{i}.onnx")));

    string Written(Case of) => Written(of, folder.Path("operator.onnx"));

    static string Written(Case of, string path)
    {
        var model = new WireWriter();
        model.Int64(1, 8);
        model.Inner(7, graph =>
        {
            var input = "images";
            if (of.Before is { } sizes)
            {
                Numbers(graph, "before", sizes);
                Surgery.Node(graph, "Reshape", ["images", "before"], ["seen"]);
                input = "seen";
            }

            string[] inputs = [input, .. of.Inputs.Select((other, i) => other is null ? "" : $"other{i}")];
            foreach (var (i, other) in of.Inputs.Index())
                Numbers(graph, $"other{i}", other);
            graph.Inner(1, node =>
            {
                foreach (var one in inputs)
                    node.Text(1, one);
                foreach (var one in of.Outputs)
                    node.Text(2, one);
                node.Text(4, of.Operator);
                for (var i = 0; i < of.Attributes.Length; i += 2)
                    node.Inner(5, attribute => GraphWriter.Attribute(
                        attribute, (string)of.Attributes[i], of.Attributes[i + 1]));
            });
            graph.Text(2, "operator");
            graph.Inner(11, info => GraphWriter.Info(
                info, "images", new(ScalarType.Float32, new(Dimension.Batch, 4, 6, 7))));
            graph.Inner(12, info =>
            {
                info.Text(1, "y");
                info.Inner(2, type => type.Inner(1, tensor => tensor.Int64(
                    1, of.Operator == "ArgMax" ? ElementTypes.Int64 : ElementTypes.Float)));
            });
        });
        model.Inner(8, set => set.Int64(2, of.Version));
        File.WriteAllBytes(path, model.Message);
        return path;
    }

    static void Numbers(WireWriter graph, string name, object? numbers)
    {
        using var inner = NewDisposeScope();
        Tensor? tensor = numbers switch
        {
            long[] whole => torch.tensor(whole),
            float[] row => torch.tensor(row),
            float number => torch.tensor(number),
            (float[] values, long[] shape) => torch.tensor(values).reshape(shape),
            _ => null,
        };
        if (tensor is not null)
            GraphWriter.Initializer(graph, name, tensor);
    }

    static long[] L(params long[] numbers) => numbers;

    static object Channels(params long[] shape) => (channels, shape);

    static object Weights(params long[] shape)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        return (Enumerable.Range(0, (int)count).Select(i => MathF.Sin(i * 1.7f)).ToArray(), shape);
    }

    static Case Conv(long version, params object[] attributes) =>
        new(version, "Conv", attributes, Weights(3, 4, 3, 3), Weights(3));

    static Case Sized(string mode, float down, float right, params object[] attributes) =>
        new(13, "Resize", ["mode", mode, .. attributes], null, new[] { 1f, 1f, down, right });

    static Case Pool(string name, params object[] attributes) =>
        new(13, name, ["kernel_shape", L(3, 3), .. attributes]);
}
