using Ensembles.Graphs;

namespace Ensembles.Onnx;

/// <summary>The operators that are read, by their names.</summary>
static class OperatorTable
{
    /// <summary>The versions of the operator set that are read.</summary>
    public const long Oldest = 7, Newest = 23;

    static readonly Dictionary<string, Func<NodeReading, IReadOnlyList<Value>>> readers = new(
    [
        .. ElementwiseOperators.All, .. LayerOperators.All, .. ShapeOperators.All, .. PartOperators.All,
        .. ReduceOperators.All, .. SizeOperators.All,
    ]);

    static readonly Dictionary<string, Func<NodeReading, IReadOnlyList<Value>>> learned = new(LearnedOperators.All);

    /// <summary>The names, in order; those of ai.onnx.ml behind the others.</summary>
    public static IEnumerable<string> Names =>
        [.. readers.Keys.Order(StringComparer.Ordinal), .. learned.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads a node; null where its operator is not read here.</summary>
    public static IReadOnlyList<Value>? Read(NodeReading node) => node.Domain switch
    {
        "" or "ai.onnx" => readers.GetValueOrDefault(node.OpType)?.Invoke(node),
        "ai.onnx.ml" => learned.GetValueOrDefault(node.OpType)?.Invoke(node),
        _ => null,
    };
}
