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
        .. ReduceOperators.All,
    ]);

    /// <summary>The names, in order.</summary>
    public static IEnumerable<string> Names => readers.Keys.Order(StringComparer.Ordinal);

    /// <summary>Reads a node; null where its operator is not read here.</summary>
    public static IReadOnlyList<Value>? Read(NodeReading node) =>
        readers.TryGetValue(node.OpType, out var read) ? read(node) : null;
}
