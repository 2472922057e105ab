using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Frozen layers of a module's graph: what a <c>forward</c> of its own becomes.</summary>
sealed partial class Lowering
{
    /// <summary>
    /// The frozen network of a module's graph; null where it has none.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="samples">What it is given, of the shape the network is for.</param>
    /// <param name="device">Where the network is to be.</param>
    /// <param name="refreshes">Whether its weights change, so that each must be one that the module holds.</param>
    public static FrozenNetwork? OfGraph(
        nn.Module<Tensor, Tensor> module, Tensor samples, Device device, bool refreshes = false)
    {
        var lowering = new Lowering(device, mayCopy: false);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        try
        {
            var graph = ModuleGraphs.Captured(module, samples);
            if ((!refreshes || graph.Constants.All(constant => constant.IsWeight)) && GraphRows.Of(graph) is { } steps)
            {
                lowering.AddSteps(steps);
                return new FrozenNetwork(lowering.layers) { FoldedNorms = lowering.folded };
            }
        }
        catch (Exception exception) when (exception is GraphException or InvalidOperationException)
        {
            // A part that no graph is made of: the module runs its own forward.
        }

        new FrozenNetwork(lowering.layers).Dispose();
        return null;
    }

    void AddSteps(IReadOnlyList<GraphStep> steps)
    {
        foreach (var step in steps)
        {
            switch (step)
            {
                case NodeStep { Node: var node } when AddNode(node):
                    break;
                case NodeStep { Node: var node }:
                    var input = node.Inputs.First(value => value is { Tensor: null })!;
                    layers.Add(new GraphLayer(input, [node], node.Outputs[0], device));
                    break;
                case SumStep sum:
                    layers.Add(new ResidualLayer(Inside(sum.Branch), Inside(sum.Shortcut)));
                    break;
                case ConcatStep joined:
                    layers.Add(new ConcatLayer([.. joined.Ways.Select(Inside)], joined.Axis));
                    break;
                case PartStep part:
                    layers.Add(new GraphLayer(part.From, part.Nodes, part.To, device));
                    break;
            }
        }
    }

    FrozenNetwork Inside(IReadOnlyList<GraphStep> steps)
    {
        var inside = new Lowering(device, mayCopy);
        inside.AddSteps(steps);
        folded += inside.folded;
        return new(inside.layers);
    }

    /// <summary>Adds the layer of an operation; false where it has none of its own.</summary>
    bool AddNode(Node node)
    {
        var (input, output) = (node.Inputs.First(value => value is { Tensor: null })!, node.Outputs[0].Type);
        switch (node.Operation)
        {
            case Conv { Window: { Padding.IsSymmetric: true } window, Groups: var groups } when node.Inputs[0] == input:
                layers.Add(new ConvLayer(
                    Weights(node), [window.Strides.Down, window.Strides.Right],
                    [window.Padding.Top, window.Padding.Left], [window.Dilations.Down, window.Dilations.Right],
                    groups));
                return true;
            case Gemm { Alpha: 1, Beta: 1, TransposesA: false, TransposesB: true } when node.Inputs[0] == input
                && (node.Inputs.Count < 3 || node.Inputs[2] is null or { Type.Shape.Count: 1 }):
                layers.Add(new LinearLayer(Weights(node)));
                return true;
            case BatchNormalization norm when node.Inputs[0] == input && input.Type.Shape.Count is 2 or 4:
                var numbers = node.Inputs.Skip(1).Select(value => value!.Tensor!).ToArray();
                if (AddScale(
                    () => Affine(numbers, norm.Epsilon), numbers[0].numel(), ofImages: input.Type.Shape.Count == 4))
                    folded++;
                return true;
            case Binary binary:
                return AddAffine(binary.Function, node, input);
            case Unary { Function: UnaryFunction.Relu }:
                layers.Add(new ReluLayer(inPlace: layers.Count > 0 && layers[^1].IsFresh));
                return true;
            case Unary { Function: UnaryFunction.Identity } or Graphs.Dropout:
                return true;
            case Graphs.Flatten or Reshape when output.Shape.Count == 2 && input.Type.Shape.HasBatch
                && output.Shape[0] == input.Type.Shape[0]:
                layers.Add(new FlattenLayer(1, -1));
                return true;
            case MaxPool pool:
                AddPooling(new ChannelwiseLayer(
                    $"{pool}", Runs(pool), isMaximum: true, Maximum(pool.Window), x => OperationScript.Of(pool, x)));
                return true;
            case AveragePool or GlobalAveragePool or Reduce { Function: ReduceFunction.ReduceMean, Axes: [2, 3] }:
                AddPooling(new ChannelwiseLayer(
                    $"{Described(node.Operation)}", Runs(node.Operation),
                    script: x => OperationScript.Of(node.Operation, x)));
                return true;
            case Unary or Activation:
                layers.Add(new OperationLayer(node.Operation, Runs(node.Operation)));
                return true;
            default:
                return false;
        }
    }

    /// <summary>x times and plus constants that are one number, or one for each channel.</summary>
    bool AddAffine(BinaryFunction function, Node node, Value input)
    {
        var isFirst = node.Inputs[0] == input;
        var (other, rank) = (node.Inputs[isFirst ? 1 : 0]!, input.Type.Shape.Count);
        var channels = rank is 2 or 4 ? input.Type.Shape[1].Factor : 0;
        if (channels == 0 || input.Type.Shape[1].IsBatch || !IsOfChannels(other.Type.Shape, rank, channels))
            return false;
        var constant = other.Tensor!;
        Func<(Tensor, Tensor)>? affine = (function, isFirst) switch
        {
            (BinaryFunction.Add, _) => () => (ones_like(Of()), Of()),
            (BinaryFunction.Sub, true) => () => (ones_like(Of()), -Of()),
            (BinaryFunction.Sub, false) => () => (-ones_like(Of()), Of()),
            (BinaryFunction.Mul, _) => () => (Of(), zeros_like(Of())),
            (BinaryFunction.Div, true) => () => (Of().reciprocal(), zeros_like(Of())),
            _ => null,
        };
        if (affine is null)
            return false;
        AddScale(affine, constant.numel(), ofImages: rank == 4);
        return true;

        Tensor Of() => constant.to_type(ScalarType.Float64).reshape(-1);
    }

    /// <summary>Whether a shape has one number, or one for each of the channels, at their place.</summary>
    static bool IsOfChannels(Shape shape, int rank, long channels)
    {
        if (shape.HasBatch || shape.Count > rank)
            return false;
        return shape.Elements == 1
            || (shape.Elements == channels
                && shape.Count >= rank - 1
                && shape[shape.Count - rank + 1] == channels);
    }

    WeightSource Weights(Node node)
    {
        var (weight, bias) = (node.Inputs[1]!.Tensor!, node.Inputs.Count > 2 ? node.Inputs[2]?.Tensor : null);
        return WeightSource.Of(() => new LayerWeights(Here(weight), Here(bias)));
    }

    /// <summary>Scale, bias, mean and variance as scale and shift.</summary>
    static (Tensor Scale, Tensor Shift) Affine(Tensor[] numbers, double epsilon)
    {
        var scale = numbers[3].to_type(ScalarType.Float64).add(Constant.Of(epsilon)).rsqrt() * numbers[0];
        return (scale, numbers[1] - (numbers[2].to_type(ScalarType.Float64) * scale));
    }

    static Func<Tensor, Tensor> Runs(Operation operation) =>
        x => operation.Run([x], new RunContext(x.size(0), Training: false))[0];

    static string Described(Operation operation) => operation is Reduce reduce
        ? $"mean of {string.Join(",", reduce.Axes)} {(reduce.KeepsDimensions ? "kept" : "gone")}"
        : $"{operation}";

    static MaximumWindow? Maximum(Window window) =>
        window is { Ceiling: false, Padding.IsNone: true, Dilations: (1, 1) }
            ? new MaximumWindow(
                ((int)window.Height, (int)window.Width), ((int)window.Strides.Down, (int)window.Strides.Right))
            : null;
}

/// <summary>A function of a graph without weights, such as a sigmoid.</summary>
/// <param name="operation">Which.</param>
/// <param name="run">What computes it.</param>
sealed class OperationLayer(Operation operation, Func<Tensor, Tensor> run) : FrozenLayer
{
    public override string Architecture => $"{operation}";

    public override bool IsSame(FrozenLayer other) =>
        other is OperationLayer { Operation: var its } && SameOperations.AreSame(its, operation);

    Operation Operation => operation;

    // Some give another handle to their input.
    public override bool IsFresh => false;

    public override Tensor Run(Tensor x) => run(x);

    public override string? Script(ScriptText text, string x) =>
        OperationScript.Of(operation, x) is { } expression ? text.Let(expression) : null;
}
