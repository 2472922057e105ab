using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Operations of a graph that are no layer, such as attention, one after the other, in float32, with constants of its
/// own.
/// </summary>
sealed class GraphLayer : FrozenLayer
{
    readonly Value from;
    readonly IReadOnlyList<Node> nodes;
    readonly Value to;

    /// <summary>The constants on the layer's device.</summary>
    readonly Dictionary<Value, Tensor> constants = [];

    /// <param name="from">What the layer is given.</param>
    /// <param name="nodes">The operations, in order.</param>
    /// <param name="to">What it gives.</param>
    /// <param name="device">Where it computes.</param>
    public GraphLayer(Value from, IReadOnlyList<Node> nodes, Value to, Device device)
    {
        (this.from, this.nodes, this.to) = (from, nodes, to);
        using var scope = NewDisposeScope();
        foreach (var constant in nodes.SelectMany(node => node.Inputs).OfType<Value>())
        {
            if (constant.Tensor is { } tensor && !constants.ContainsKey(constant))
                constants.Add(constant, Own(tensor.to(device)));
        }
    }

    // Nothing is said of the constants' values; two parts of a network that share it are not stacked for all that.
    public override string Architecture =>
        $"{string.Join(", ", nodes.Select(node => node.Operation))} of {string.Join(", ", constants.Keys)}";

    public override bool IsSame(FrozenLayer other)
    {
        if (other is not GraphLayer its || its.nodes.Count != nodes.Count)
            return false;
        var here = new Dictionary<Value, Value> { [its.from] = from };
        foreach (var (node, theirs) in nodes.Zip(its.nodes))
        {
            if (node.Outputs.Count != theirs.Outputs.Count
                || node.Inputs.Count != theirs.Inputs.Count
                || !SameOperations.AreSame(node.Operation, theirs.Operation)
                || !node.Inputs.Zip(theirs.Inputs).All(pair => IsSameInput(pair.First, pair.Second)))
                return false;
            foreach (var (output, same) in node.Outputs.Zip(theirs.Outputs))
                here[same] = output;
        }

        return here[its.to] == to;

        bool IsSameInput(Value? input, Value? theirs) => theirs is null ? input is null
            : input is not null
                && (here.TryGetValue(theirs, out var known) ? known == input
                    : constants.ContainsKey(input) && its.constants.ContainsKey(theirs)
                        && SameOperations.AreSame([constants[input]], [its.constants[theirs]]));
    }

    // Some operations give a view of their input.
    public override bool IsFresh => false;

    public override Tensor Run(Tensor x)
    {
        var found = new Dictionary<Value, Tensor>(constants) { [from] = x };
        var run = new RunContext(CountOf(x), Training: false);
        var made = new List<Tensor>();
        foreach (var node in nodes)
        {
            var results = node.Operation.Run(
                [.. node.Inputs.Select(input => input is null ? null : found[input])], run);
            made.AddRange(results);
            for (var i = 0; i < node.Outputs.Count; i++)
                found[node.Outputs[i]] = results[i];
        }

        var output = found[to];
        foreach (var tensor in made)
        {
            if (!ReferenceEquals(tensor, output))
                tensor.Dispose();
        }

        return output;
    }

    public override string? Script(ScriptText text, string x)
    {
        var named = constants.ToDictionary(constant => constant.Key, constant => text.Held(constant.Value));
        named[from] = x;
        foreach (var node in nodes)
        {
            if (node.Outputs.Count != 1
                || OperationScript.Of(
                    node.Operation, [.. node.Inputs.Select(input => input is null ? "None" : named[input])])
                    is not { } expression)
                return null;
            named[node.Outputs[0]] = text.Let(expression);
        }

        return named[to];
    }

    public override void Refresh()
    {
        using var noGradient = no_grad();
        foreach (var (constant, tensor) in constants)
            tensor.copy_(constant.Tensor!);
    }

    public override void Dispose()
    {
        foreach (var tensor in constants.Values)
            tensor.Dispose();
    }

    /// <summary>N.</summary>
    long CountOf(Tensor x)
    {
        for (var i = 0; i < from.Type.Shape.Count; i++)
        {
            if (from.Type.Shape[i] is { IsBatch: true, Factor: var factor })
                return x.size(i) / factor;
        }

        return 1;
    }
}
