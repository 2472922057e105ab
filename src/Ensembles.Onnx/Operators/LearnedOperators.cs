using Ensembles.Graphs;
using static Ensembles.Onnx.ElementwiseOperators;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>
/// Operators of "ai.onnx.ml", in which scikit-learn's models are written: those that have a gradient. Trees, nearest
/// neighbours and the like have none.
/// </summary>
static class LearnedOperators
{
    public static IEnumerable<KeyValuePair<string, Func<NodeReading, IReadOnlyList<Value>>>> All =>
    [
        Entry("LinearClassifier", LinearClassifier),
        Entry("Scaler", Scaler),
        Entry("Normalizer", Normalizer),
        // A list of dictionaries from labels to probabilities, of which the probabilities are read.
        Entry("ZipMap", ZipMap),
    ];

    /// <summary>The place of the largest score among the labels, and the scores [N, K].</summary>
    static IReadOnlyList<Value> LinearClassifier(NodeReading node)
    {
        var coefficients = node.Floats("coefficients") ?? [];
        var labels = node.Ints("classlabels_ints")?.Count ?? node.TextCount("classlabels_strings");
        _ = node.Int("multi_class", 0);
        var (shift, transform) = (node.Floats("intercepts") ?? [], node.Text("post_transform", "NONE"));
        var x = Floating(node);
        if (x.Type.Shape is not [_, { IsBatch: false, Factor: > 0 } features])
            throw new InvalidDataException($"it is of {x.Type}, and rows of features [N, D] are needed");
        if (labels < 2 || coefficients.Count != labels * features.Factor)
            throw new InvalidDataException(
                $"it has {coefficients.Count} coefficients for {labels} classes and {features.Factor} features");
        var weights = node.Weight("coefficients", Rows(coefficients, labels));
        var intercepts = shift.Count > 0 ? node.Weight("intercepts", Rows(shift, 1).reshape(-1)) : null;
        var scores = node.Of(new Gemm { TransposesB = true }, x, weights, intercepts)[0];
        var shown = transform switch
        {
            "NONE" => scores,
            "SOFTMAX" => node.Of(new Softmax(1), scores)[0],
            "LOGISTIC" => node.Of(new Unary(UnaryFunction.Sigmoid), scores)[0],
            var other => throw new InvalidDataException($"its post_transform is {other}"),
        };
        return [node.Of(new ArgMax(1, KeepsDimension: false), scores)[0], shown];
    }

    /// <summary>(x - offset) scale.</summary>
    static IReadOnlyList<Value> Scaler(NodeReading node)
    {
        var (offset, scale) = (node.Floats("offset") ?? [], node.Floats("scale") ?? []);
        var value = Floating(node);
        if (offset.Count > 0)
            value = node.Of(new Binary(BinaryFunction.Sub), value, node.Constant(Rows(offset, 1)))[0];
        if (scale.Count > 0)
            value = node.Of(new Binary(BinaryFunction.Mul), value, node.Constant(Rows(scale, 1)))[0];
        return [value];
    }

    static IReadOnlyList<Value> Normalizer(NodeReading node)
    {
        var order = node.Text("norm", "MAX") switch
        {
            "L1" => 1,
            "L2" => 2,
            var other => throw new InvalidDataException($"its norm is {other}, and only L1 and L2 are read here"),
        };
        return node.Of(new LpNormalization(-1, order), Floating(node));
    }

    static IReadOnlyList<Value> ZipMap(NodeReading node)
    {
        _ = node.Ints("classlabels_int64s")?.Count ?? node.TextCount("classlabels_strings");
        return node.Of(new Unary(UnaryFunction.Identity), node.Input(0));
    }

    /// <summary>The first input in float32, in which these operators compute.</summary>
    static Value Floating(NodeReading node) => node.Input(0) is { Type.Type: ScalarType.Float32 } value
        ? value
        : node.Of(new Cast(ScalarType.Float32), node.Input(0))[0];

    static Tensor Rows(IReadOnlyList<float> numbers, int rows) => tensor(numbers.ToArray()).reshape(rows, -1);
}
