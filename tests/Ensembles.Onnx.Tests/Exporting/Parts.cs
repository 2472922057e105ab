using Ensembles.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Unary = Ensembles.Graphs.Unary;

namespace Ensembles.Onnx.Tests;

/// <summary>Small networks of 2x12x12 images.</summary>
static class Networks
{
    public static Sequential Small() => Sequential(
        Conv2d(2, 6, 3, padding: 1), BatchNorm2d(6), ReLU(), MaxPool2d(2), Conv2d(6, 8, 3, stride: 2), LeakyReLU(0.1),
        nn.Flatten(), nn.Dropout(0.3), Linear(32, 10), GELU(), Linear(10, 4));

    public static Sequential Wide() => Sequential(
        AvgPool2d(3, stride: 2, padding: 1), Conv2d(2, 8, 3, groups: 2, bias: false), ReLU6(),
        AdaptiveAvgPool2d([2, 1]), nn.Flatten(), Linear(16, 12), BatchNorm1d(12), Tanh(),
        Linear(12, 4, hasBias: false));
}

/// <summary>A classifier that is layers.</summary>
[Defense(Category.Undefended)]
sealed class Plain : Classifier, ILayered
{
    readonly Sequential network;

    public Plain(Sequential network)
    {
        this.network = network;
        RegisterComponents();
    }

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

    public override Tensor forward(Tensor images) => network.call(images);
}

/// <summary>A user's classifier with a skip connection, which writes itself down.</summary>
[Defense(Category.Undefended)]
sealed class Skipping : Classifier, IGraphSource
{
    readonly Linear first = Linear(288, 12);
    readonly Linear second = Linear(12, 12);
    readonly Linear head = Linear(12, 4);

    public Skipping() => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var h = first.call(images.flatten(1)).relu();
        return head.call(h + second.call(h).sigmoid()).MoveToOuterDisposeScope();
    }

    public Value Build(GraphBuilder graph, Value input)
    {
        Value Of(Linear linear, string name, Value x) => graph.Add(
            new Gemm { TransposesB = true }, x, graph.Weight($"{name}.weight", linear.weight!),
            graph.Weight($"{name}.bias", linear.bias!));
        var h = graph.Add(new Unary(UnaryFunction.Relu), Of(first, "first", graph.Add(new Graphs.Flatten(), input)));
        var side = graph.Add(new Unary(UnaryFunction.Sigmoid), Of(second, "second", h));
        return Of(head, "head", graph.Add(new Binary(BinaryFunction.Add), h, side));
    }
}

/// <summary>Suspects bright images.</summary>
[Defense(Category.Detection)]
sealed class Brightness() : Detector(nameof(Brightness)), IGraphSource
{
    public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);

    public Value Build(GraphBuilder graph, Value input) =>
        graph.Add(new Reduce(ReduceFunction.ReduceMean, [1, 2, 3], KeepsDimensions: false), input);
}

/// <summary>Turns images to their negative.</summary>
[Defense(Category.NonRobustFeatures)]
sealed class Negative() : InputTransform(nameof(Negative)), IGraphSource
{
    public override Tensor forward(Tensor images) => 1 - images;

    public Value Build(GraphBuilder graph, Value input) => (new Term(graph, input) * -1 + 1).Value;
}

/// <summary>Says it is layers, and does more.</summary>
sealed class Untrue : Classifier, ILayered
{
    readonly Linear linear = Linear(288, 4);

    public Untrue() => RegisterComponents();

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [nn.Flatten(), linear];

    public override Tensor forward(Tensor images) => linear.call(images.flatten(1)) * 2;
}

/// <summary>Has a forward that nobody knows.</summary>
sealed class Secretive : Classifier
{
    readonly Linear linear = Linear(288, 4);

    public Secretive() => RegisterComponents();

    public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
}

/// <summary>Draws random numbers.</summary>
sealed class Noisy : Classifier, IRandomized
{
    readonly Linear linear = Linear(288, 4);

    public Noisy() => RegisterComponents();

    public int EotSamples => 5;

    public override Tensor forward(Tensor images) => linear.call((images + 0.1 * randn_like(images)).flatten(1));
}

/// <summary>A file's network under a name of its own.</summary>
[Defense(Category.Undefended)]
class Vendor(string path) : OnnxClassifier(path);

/// <summary>Decides by a gate and three members, and is a member itself.</summary>
[Ensemble<MajorityVote>]
partial class Inner
{
    [Gate(FalsePositiveRate = 0.3)] internal partial Brightness Bright { get; }

    [Member] internal partial Plain One { get; }

    [Member] internal partial Skipping Two { get; }

    [Member] internal partial Skipping Three { get; }
}

/// <summary>A front, two gates, a file's network, and an ensemble among the members.</summary>
[Ensemble<WeightedMean>]
partial class Outer
{
    [Front] internal partial Negative Turned { get; }

    [Gate(FalsePositiveRate = 0.1)] internal partial Brightness Bright { get; }

    [Member] internal partial Plain One { get; }

    [Member(Weight = 2)] internal partial Inner Pair { get; }

    [Member] internal partial Vendor File { get; }
}

/// <summary>Takes over a gate and three members, adds one of each behind a front, and votes otherwise.</summary>
[Ensemble<MedianLogit>]
partial class Heir : Inner
{
    [Front] internal partial Negative Turned { get; }

    [Gate(FalsePositiveRate = 0.1, BehindFronts = true)] internal partial Brightness Dark { get; }

    [Member] internal partial Plain Four { get; }
}
