using Ensembles.Graphs;

namespace Ensembles;

/// <summary>A step on the way from one value of a graph to another: an operation, or a sum of two ways.</summary>
abstract record GraphStep;

/// <summary>An operation on what comes along, and constants.</summary>
/// <param name="Node">The node.</param>
sealed record NodeStep(Node Node) : GraphStep;

/// <summary>branch(x) + shortcut(x); a shortcut without steps is x itself.</summary>
sealed record SumStep(IReadOnlyList<GraphStep> Branch, IReadOnlyList<GraphStep> Shortcut) : GraphStep;

/// <summary>
/// Takes a graph of one input and one output apart into operations one after the other and sums of such rows, as
/// residual networks are.
/// </summary>
sealed class GraphRows
{
    readonly Dictionary<Value, Node> makers = [];

    GraphRows(Graph graph)
    {
        foreach (var node in graph.Nodes)
        {
            foreach (var output in node.Outputs)
                makers[output] = node;
        }
    }

    /// <summary>The steps from input to output; null where the graph is no such row.</summary>
    public static IReadOnlyList<GraphStep>? Of(Graph graph) =>
        graph is { Inputs: [var input], Outputs: [var output] } ? new GraphRows(graph).Row(input, output.Value) : null;

    List<GraphStep>? Row(Value from, Value to)
    {
        var steps = new List<GraphStep>();
        for (var at = to; at != from;)
        {
            if (!makers.TryGetValue(at, out var node) || node.Outputs.Count != 1)
                return null;
            Value[] ways = [.. node.Inputs.OfType<Value>().Where(input => input.Tensor is null)];
            switch (node.Operation, ways)
            {
                case (_, [var only]):
                    steps.Add(new NodeStep(node));
                    at = only;
                    break;
                case (Binary { Function: BinaryFunction.Add }, [var left, var right])
                    when left.Type.Shape.Equals(right.Type.Shape)
                        && Fork(left, right) is { } fork
                        && Row(fork, left) is { } one
                        && Row(fork, right) is { } other:
                    steps.Add(one.Count >= other.Count ? new SumStep(one, other) : new SumStep(other, one));
                    at = fork;
                    break;
                default:
                    return null;
            }
        }

        steps.Reverse();
        return steps;
    }

    /// <summary>The last value that both come from by rows alone.</summary>
    Value? Fork(Value left, Value right)
    {
        var before = Before(right).ToHashSet();
        return Before(left).FirstOrDefault(before.Contains);
    }

    /// <summary>
    /// The value and those that it comes from, one behind the other; a sum comes from where it forks.
    /// </summary>
    IEnumerable<Value> Before(Value value)
    {
        for (Value? at = value; at is not null;)
        {
            yield return at;
            at = makers.TryGetValue(at, out var node)
                ? node.Inputs.OfType<Value>().Where(input => input.Tensor is null).ToArray() switch
                {
                    [var only] => only,
                    [var left, var right] => Fork(left, right),
                    _ => null,
                }
                : null;
        }
    }
}
