namespace Ensembles.Graphs;

/// <summary>
/// A function of tensors as operations on named values: what a network computes, for batches of any number N of images.
/// It never changes, and every value in it has a known type and shape.
/// </summary>
/// <remarks>Its constants are tensors that it does not own: whoever made them disposes them.</remarks>
public sealed class Graph
{
    internal Graph(
        string name, IReadOnlyList<Value> inputs, IReadOnlyList<Node> nodes,
        IReadOnlyList<(string Name, Value Value)> outputs)
    {
        (Name, Inputs, Nodes, Outputs) = (name, inputs, nodes, outputs);
        Constants =
        [
            .. nodes.SelectMany(node => node.Inputs)
                .Concat(outputs.Select(output => output.Value))
                .OfType<Value>().Where(value => value.Tensor is not null)
                .Distinct(),
        ];
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it is given, in their order.</summary>
    public IReadOnlyList<Value> Inputs { get; }

    /// <summary>The operations, each behind those whose results it uses.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>What it gives, in their order, under their names.</summary>
    public IReadOnlyList<(string Name, Value Value)> Outputs { get; }

    /// <summary>The constants that operations use.</summary>
    public IReadOnlyList<Value> Constants { get; }

    /// <summary>The multiplications for an image, about: see <see cref="Operation.Work"/>.</summary>
    public double Work => Nodes.Sum(node => node.Operation.Work(
        [.. node.Inputs.Select(input => input?.Type)], [.. node.Outputs.Select(output => output.Type)]));

    /// <summary>The part of the graph that gives other values than its outputs.</summary>
    /// <param name="outputs">The values, under the names that they get.</param>
    public Graph For(params IReadOnlyList<(string Name, Value Value)> outputs)
    {
        var needed = new HashSet<Value>(outputs.Select(output => output.Value));
        var kept = new List<Node>();
        foreach (var node in Nodes.Reverse())
        {
            if (!node.Outputs.Any(needed.Contains))
                continue;
            needed.UnionWith(node.Inputs.OfType<Value>());
            kept.Add(node);
        }

        kept.Reverse();
        return new(Name, Inputs, kept, outputs);
    }

    /// <summary>
    /// The graph with each operation once that stands in it several times, on the same values and on equal constants: a
    /// transform of which several members have a copy each.
    /// </summary>
    public Graph WithoutRepeats()
    {
        var firsts = new Dictionary<Value, Value>();
        var kept = new List<Node>();
        // Of those that are given the same values; constants are compared last, and only with theirs.
        var seen = new Dictionary<string, List<Node>>();
        foreach (var node in Nodes)
        {
            var here = node with
            {
                Inputs =
                [
                    .. node.Inputs.Select(input => input is null ? null : firsts.GetValueOrDefault(input, input)),
                ],
            };
            var given = here.Inputs.Select(
                input => input switch { null => "-", { Tensor: null } => input.Name, _ => "" });
            var key = $"{here.Operation.Name}({string.Join(", ", given)})";
            if (!seen.TryGetValue(key, out var alike))
                seen.Add(key, alike = []);
            if (alike.Find(other => AreSame(other, here)) is { } first)
            {
                foreach (var (repeated, value) in here.Outputs.Zip(first.Outputs))
                    firsts[repeated] = value;
                continue;
            }

            alike.Add(here);
            kept.Add(here);
        }

        (string, Value)[] outputs =
            [.. Outputs.Select(output => (output.Name, firsts.GetValueOrDefault(output.Value, output.Value)))];
        return new Graph(Name, Inputs, kept, outputs).For(outputs);
    }

    static bool AreSame(Node one, Node other) =>
        one.Outputs.Count == other.Outputs.Count
        && SameOperations.AreSame(one.Operation, other.Operation)
        && SameOperations.AreSame(
            [.. one.Inputs.Select(input => input?.Tensor)], [.. other.Inputs.Select(input => input?.Tensor)]);

    /// <summary>Its inputs, nodes and outputs, a line each.</summary>
    public override string ToString() => string.Join('\n',
    [
        .. Inputs.Select(input => $"input {input}"),
        .. Nodes.Select(node => node.ToString()),
        .. Outputs.Select(output => $"output {output.Name} = {output.Value}"),
    ]);
}
