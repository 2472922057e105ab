using System.Globalization;
using System.Text.RegularExpressions;
using Ensembles.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Onnx.Tests;

/// <summary>A user's own networks, of which nothing is written but their forward, go into files.</summary>
public partial class OwnForwardTests
{
    [Fact]
    public void AResNetWithSumsIsRunByOnnxRuntimeAsByItself()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        manual_seed(5);
        using var ensemble = new OwnForwards(new Turned(), new OwnResNet(), new OwnResNet());
        using (no_grad())
        {
            foreach (var buffer in ensemble.buffers().Where(buffer => buffer.is_floating_point()))
                buffer.uniform_(0.5, 1.5);
        }

        ensemble.eval();
        var path = folder.Path("own.onnx");
        ensemble.ExportOnnx(path, Given.Images([2, 12, 12], 4));

        using var runtime = new Runtime(path);
        var images = Given.Images([2, 12, 12], 9, seed: 8);
        using var expected = ensemble.call(images);
        var found = runtime.Run(images);
        Assert.True(found["scores"].allclose(expected.Scores, 1e-5, 1e-5));
        Assert.Equal(expected.Labels.data<long>(), found["labels"].data<long>());
    }

    [Fact]
    public void AGraphThatSaysAnotherThanForwardIsRefusedWithBothValues()
    {
        using var scope = NewDisposeScope();
        using var network = new SaysAnother();
        network.eval();

        var error = Assert.Throws<GraphException>(() => network.ToGraph(full(2, 3, 0.25f)));

        var numbers = Number().Matches(error.Message).Select(match =>
            float.Parse(match.Value, CultureInfo.InvariantCulture));
        Assert.Equal([0.5f, 0.25f], numbers);
        Assert.Contains(nameof(SaysAnother), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AClassDerivedFromOneWithAGraphHasNone()
    {
        using var scope = NewDisposeScope();
        using var derived = new DoublyTurned();
        derived.eval();

        var error = Assert.Throws<GraphException>(() => derived.ToGraph(rand(2, 3)));

        Assert.Contains("DoublyTurned derives from it", error.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Number();

    sealed class SaysAnother() : Module<Tensor, Tensor>(nameof(SaysAnother)), IGraphSource
    {
        public override Tensor forward(Tensor x) => x.alias();

        public Value Build(GraphBuilder graph, Value input) => (new Term(graph, input) * 2).Value;
    }

    sealed class DoublyTurned : Turned
    {
        public override Tensor forward(Tensor images) => base.forward(base.forward(images));
    }
}

/// <summary>The negative of images.</summary>
[Defense(Category.NonRobustFeatures)]
partial class Turned() : InputTransform(nameof(Turned))
{
    public override Tensor forward(Tensor images) => 1 - images;
}

/// <summary>A block with a sum.</summary>
[Compiled]
sealed partial class OwnBlock : Module<Tensor, Tensor>
{
    readonly Conv2d conv1;
    readonly BatchNorm2d bn1;
    readonly Conv2d conv2;
    readonly BatchNorm2d bn2;
    readonly Sequential? downsample;

    public OwnBlock(int from, int to, int stride) : base(nameof(OwnBlock))
    {
        (conv1, bn1) = (Conv2d(from, to, 3, stride: stride, padding: 1, bias: false), BatchNorm2d(to));
        (conv2, bn2) = (Conv2d(to, to, 3, padding: 1, bias: false), BatchNorm2d(to));
        if (from != to || stride != 1)
            downsample = Sequential(Conv2d(from, to, 1, stride: stride, bias: false), BatchNorm2d(to));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var identity = x;
        var y = bn1.call(conv1.call(x)).relu();
        y = bn2.call(conv2.call(y));
        if (downsample is not null)
            identity = downsample.call(x);
        return (y + identity).relu_().MoveToOuterDisposeScope();
    }
}

/// <summary>A classifier as a user writes it.</summary>
[Defense(Category.Undefended)]
sealed partial class OwnResNet : Classifier
{
    readonly Conv2d stem = Conv2d(2, 4, 3, padding: 1, bias: false);
    readonly BatchNorm2d bn = BatchNorm2d(4);
    readonly ModuleList<OwnBlock> blocks = ModuleList(
        new OwnBlock(4, 4, 1), new OwnBlock(4, 8, 2), new OwnBlock(8, 8, 1));
    readonly Linear fc = Linear(8, 4);

    public OwnResNet() => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        var x = functional.relu(bn.call(stem.call(images)));
        foreach (var block in blocks)
            x = block.call(x);
        x = functional.adaptive_avg_pool2d(x, 1).flatten(1);
        return fc.call(functional.dropout(x, 0.2, training: training));
    }
}

/// <summary>They decide together, behind a front.</summary>
[Ensemble<MeanProbability>]
partial class OwnForwards
{
    [Front] internal partial Turned Front { get; }

    [Member] internal partial OwnResNet One { get; }

    [Member] internal partial OwnResNet Two { get; }
}
