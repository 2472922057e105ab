using Ensembles.Graphs;

namespace Ensembles;

/// <summary>A step on the way from one value of a graph to another.</summary>
abstract record GraphStep;

/// <summary>An operation on what comes along, and constants.</summary>
/// <param name="Node">The node.</param>
sealed record NodeStep(Node Node) : GraphStep;

/// <summary>branch(x) + shortcut(x); a shortcut without steps is x itself.</summary>
sealed record SumStep(IReadOnlyList<GraphStep> Branch, IReadOnlyList<GraphStep> Shortcut) : GraphStep;

/// <summary>What several ways give, one behind the other in a dimension; a way without steps is x itself.</summary>
sealed record ConcatStep(IReadOnlyList<IReadOnlyList<GraphStep>> Ways, long Axis) : GraphStep;

/// <summary>Operations that are no such row, in order.</summary>
/// <param name="From">What comes along.</param>
/// <param name="Nodes">The operations.</param>
/// <param name="To">What comes of it.</param>
sealed record PartStep(Value From, IReadOnlyList<Node> Nodes, Value To) : GraphStep;

/// <summary>
/// Takes a graph of one input and one output apart into operations one after the other, sums and concatenations of such
/// rows, as in residual networks, and parts that are neither, such as attention.
/// </summary>
sealed class GraphRows
{
    readonly Graph graph;
    readonly Dictionary<Value, Node> makers = [];

    /// <summary>
    /// For each value that comes of the input, the last one before it that all ways to it lead through.
    /// </summary>
    readonly Dictionary<Value, Value?> dominators = [];

    GraphRows(Graph graph)
    {
        this.graph = graph;
        dominators[graph.Inputs[0]] = null;
        foreach (var node in graph.Nodes)
        {
            var ways = Ways(node);
            var dominator = ways.Count == 0 ? null : ways.Aggregate((a, b) => Common(a, b)!);
            foreach (var output in node.Outputs)
            {
                makers[output] = node;
                if (dominator is not null)
                    dominators[output] = dominator;
            }
        }
    }

    /// <summary>The steps from input to output; null where the output does not come of the input.</summary>
    public static IReadOnlyList<GraphStep>? Of(Graph graph) =>
        graph is { Inputs: [var input], Outputs: [{ Value: var output }] }
        && new GraphRows(graph) is var rows && rows.dominators.ContainsKey(output)
            ? rows.Row(input, output)
            : null;

    /// <summary>The steps between two values, all of which the first one dominates.</summary>
    List<GraphStep> Row(Value from, Value to)
    {
        var steps = new List<GraphStep>();
        for (var at = to; at != from;)
        {
            var (node, before) = (makers[at], dominators[at]!);
            steps.Add(Step(node, before, at));
            at = before;
        }

        steps.Reverse();
        return steps;
    }

    GraphStep Step(Node node, Value before, Value at)
    {
        if (node.Outputs.Count == 1 && node.Inputs.All(input => input is null or { Tensor: not null } || IsWay(input)))
        {
            var ways = Ways(node);
            switch (node.Operation)
            {
                case var _ when ways is [_]:
                    return new NodeStep(node);
                case Binary { Function: BinaryFunction.Add }
                    when ways[0].Type.Shape.Equals(ways[1].Type.Shape) && AreApart(before, ways):
                    var (one, other) = (Row(before, ways[0]), Row(before, ways[1]));
                    return one.Count >= other.Count ? new SumStep(one, other) : new SumStep(other, one);
                case Concat { Axis: var axis } when ways.Count == node.Inputs.Count && AreApart(before, ways):
                    return new ConcatStep([.. ways.Select(way => Row(before, way))], axis);
            }
        }

        var needed = Between(before, [at]);
        return new PartStep(before, [.. graph.Nodes.Where(needed.Contains)], at);
    }

    /// <summary>Whether no operation is on two of the ways, which would be computed twice.</summary>
    bool AreApart(Value from, IReadOnlyList<Value> ways) =>
        ways.Sum(way => Between(from, [way]).Count) == Between(from, ways).Count;

    /// <summary>The operations that values need behind another one.</summary>
    HashSet<Node> Between(Value from, IReadOnlyList<Value> to)
    {
        var found = new HashSet<Node>();
        var open = new Stack<Value>(to);
        while (open.TryPop(out var value))
        {
            if (value == from || !makers.TryGetValue(value, out var node) || !found.Add(node))
                continue;
            foreach (var input in node.Inputs.OfType<Value>())
                open.Push(input);
        }

        return found;
    }

    /// <summary>What an operation is given that comes of the input.</summary>
    List<Value> Ways(Node node) => [.. node.Inputs.OfType<Value>().Where(IsWay)];

    bool IsWay(Value value) => dominators.ContainsKey(value);

    /// <summary>The last value that all ways to either lead through.</summary>
    Value? Common(Value left, Value right)
    {
        var before = Before(right).ToHashSet();
        return Before(left).FirstOrDefault(before.Contains);
    }

    IEnumerable<Value> Before(Value value)
    {
        for (Value? at = value; at is not null; at = dominators[at])
            yield return at;
    }
}
