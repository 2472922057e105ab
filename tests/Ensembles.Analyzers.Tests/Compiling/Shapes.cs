using Ensembles;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Shapes;

// Components of 1x4x4 images and 2 classes in every shape that decides how a plan runs them. They are compiled here and
// run, and the rule reads this file.

public sealed class PlainLayers : Classifier, ILayered
{
    readonly Module<Tensor, Tensor> network = Sequential(Flatten(), Linear(16, 2));
    public PlainLayers() => RegisterComponents();
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];
    public override Tensor forward(Tensor images) => network.call(images);
}

public sealed class OwnForward : Classifier
{
    readonly Settings settings = new(0.5, "half");
    readonly Random random = new(1);
    readonly List<double> factors = [1, 2];
    readonly Tensor shift = zeros(1);
    readonly Dropout dropout = Dropout();
    readonly Linear linear = Linear(16, 2);
    public OwnForward() => RegisterComponents();
    public override Tensor forward(Tensor images) =>
        linear.call(dropout.call((images - shift).flatten(1))) * settings.Factor * factors[0];

    sealed record Settings(double Factor, string Name);
}

public sealed class WithDelegate : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly Func<Tensor, Tensor> run;

    public WithDelegate()
    {
        run = linear.call;
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => run(images.flatten(1));
}

public sealed class WithActivation : Classifier
{
    readonly Linear linear = Linear(16, 2);
    public WithActivation() => RegisterComponents();
    public Func<Tensor, Tensor> Activation { get; set; } = x => x.relu();
    public override Tensor forward(Tensor images) => Activation(linear.call(images.flatten(1)));
}

public sealed class WithCapturedDelegate(Func<Tensor, Tensor> run) : Classifier
{
    public override Tensor forward(Tensor images) => run(images.flatten(1).narrow(1, 0, 2));
}

public sealed class WithDelegates : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly Func<Tensor, Tensor>[] steps = [x => x.flatten(1), x => x * 2];
    public WithDelegates() => RegisterComponents();
    public override Tensor forward(Tensor images) => linear.call(steps.Aggregate(images, (x, step) => step(x)));
}

public sealed class WithListOfDelegates : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly List<Func<Tensor, Tensor>> steps;

    public WithListOfDelegates()
    {
        steps = new() { x => x.flatten(1) };
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => linear.call(steps[0](images));
}

public sealed class WithNamedDelegates : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly Dictionary<string, Func<Tensor, Tensor>> steps = new() { ["flat"] = Flat };
    public WithNamedDelegates() => RegisterComponents();
    public override Tensor forward(Tensor images) => linear.call(steps["flat"](images));
    static Tensor Flat(Tensor images) => images.flatten(1);
}

public sealed class WithTuple : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly (double Scale, Func<Tensor, Tensor> Flat) step = (2, x => x.flatten(1));
    public WithTuple() => RegisterComponents();
    public override Tensor forward(Tensor images) => linear.call(step.Flat(images) * step.Scale);
}

public sealed class WithStruct : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly Step step = new(x => x.flatten(1), 2);
    public WithStruct() => RegisterComponents();
    public override Tensor forward(Tensor images) => linear.call(step.Flat(images) * step.Scale);

    readonly record struct Step(Func<Tensor, Tensor> Flat, double Scale);
}

public interface IScale
{
    Tensor Of(Tensor images);
}

public sealed class Scale(double factor) : IScale
{
    public Tensor Of(Tensor images) => images * factor;
}

public sealed class ScaleBy(Func<double> factor) : IScale
{
    public Tensor Of(Tensor images) => images * factor();
}

public sealed class BehindAnInterface : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly IScale scale;

    public BehindAnInterface()
    {
        scale = new ScaleBy(() => 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => linear.call(scale.Of(images.flatten(1)));
}

public sealed class BehindInterfaces : Classifier
{
    readonly IScale scale = new Scale(2);
    readonly IModule<Tensor, Tensor> linear = Linear(16, 2);
    readonly object mark = new();
    public BehindInterfaces() => RegisterComponents();
    public override Tensor forward(Tensor images) => linear.call(scale.Of(images.flatten(1)));
}

public sealed class WithPlainStruct : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly Step step = new(zeros(1), 2);
    readonly Func<Tensor, Tensor>[] none = [];
    readonly List<Func<Tensor, Tensor>> empty = new();
    readonly double[] made = [.. new[] { 1, 2 }.Select(n => n * 2.0)];
    public WithPlainStruct() => RegisterComponents();

    public override Tensor forward(Tensor images) =>
        none.Concat(empty).Aggregate(
            linear.call(images.flatten(1) - step.Shift) * step.Scale * made[0], (x, function) => function(x));

    readonly record struct Step(Tensor Shift, double Scale);
}

public sealed class WithoutItsDelegate : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly Action? called;
    readonly Action<int> progress = null!;
    public WithoutItsDelegate() => RegisterComponents();
    public WithoutItsDelegate(Action called) : this() => (this.called, progress) = (called, _ => { });

    public override Tensor forward(Tensor images)
    {
        called?.Invoke();
        progress?.Invoke(1);
        return linear.call(images.flatten(1));
    }
}

public sealed class Noise() : Module<Tensor, Tensor>("noise"), IRandomized
{
    public int EotSamples => 2;
    public override Tensor forward(Tensor input) => input + randn_like(input);
}

public sealed class WithNoise : Classifier
{
    readonly Module<Tensor, Tensor> network;

    public WithNoise()
    {
        network = Sequential(("flatten", Flatten()), ("noise", new Noise()), ("output", Linear(16, 2)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => network.call(images);
}

public sealed class Hooked : Classifier
{
    readonly Module<Tensor, Tensor> network = Sequential(Flatten(), Linear(16, 2), ReLU());

    public Hooked()
    {
        foreach (var activation in network.modules().OfType<ReLU>())
            activation.register_forward_hook((_, _, output) => output * 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => network.call(images);
}

public sealed class HooksAnother : Classifier
{
    readonly Linear linear = Linear(16, 2);

    public HooksAnother()
    {
        using var teacher = Linear(16, 2);
        teacher.register_forward_hook((_, _, output) => output);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
}

public sealed class MayHook : Classifier
{
    readonly Linear linear = Linear(16, 2);

    public MayHook(bool hook = false)
    {
        if (hook)
            linear.register_forward_hook((_, _, output) => output);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
}

public sealed class WithNativeLayer : Classifier
{
    readonly Bilinear bilinear = Bilinear(16, 16, 2);
    public WithNativeLayer() => RegisterComponents();
    public override Tensor forward(Tensor images) => bilinear.call(images.flatten(1), images.flatten(1));
}

public sealed class WithLoss : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly CrossEntropyLoss loss = CrossEntropyLoss();
    public WithLoss() => RegisterComponents();
    public Tensor Loss(Tensor images, Tensor labels) => loss.call(call(images), labels);
    public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
}

public sealed class WithStatistics : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly Statistics statistics = new();
    public WithStatistics() => RegisterComponents();
    public override Tensor forward(Tensor images) => linear.call(images.flatten(1) - statistics.Mean);

    sealed class Statistics
    {
        public Tensor Mean { get; } = zeros(1);
    }
}

public sealed class WithResource : Classifier
{
    readonly Linear linear = Linear(16, 2);
    readonly Generator generator = new(3);
    public WithResource() => RegisterComponents();
    public Tensor Draw() => rand(1, generator: generator);
    public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
}

public sealed class LayersBesideADelegate : Classifier, ILayered
{
    readonly Linear linear = Linear(16, 2);
    readonly Flatten flatten = Flatten();
    readonly Func<int> count = () => 2;
    public LayersBesideADelegate() => RegisterComponents();
    public int Count => count();
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [flatten, linear];
    public override Tensor forward(Tensor images) => linear.call(flatten.call(images));
}

public sealed class ResidualBesideADelegate : Classifier, ILayered
{
    readonly Doubled doubled = new();
    readonly Flatten flatten = Flatten();
    readonly Linear linear = Linear(16, 2);
    public ResidualBesideADelegate() => RegisterComponents();
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [doubled, flatten, linear];

    public override Tensor forward(Tensor images) =>
        Layers.Aggregate(images, (x, layer) => layer.call(x));

    sealed class Doubled() : Module<Tensor, Tensor>(nameof(Doubled)), IResidual
    {
        readonly Func<double> factor = () => 2;
        public IReadOnlyList<Module<Tensor, Tensor>> Before => [];
        public IReadOnlyList<Module<Tensor, Tensor>> Branch => [];
        public IReadOnlyList<Module<Tensor, Tensor>> Shortcut => [];
        public IReadOnlyList<Module<Tensor, Tensor>> After => [];
        public override Tensor forward(Tensor images) => factor() * images;
    }
}

public sealed class LayersWithADelegate : Classifier, ILayered
{
    readonly Applied applied = new(x => x.flatten(1));
    readonly Linear linear = Linear(16, 2);
    public LayersWithADelegate() => RegisterComponents();
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [applied, linear];
    public override Tensor forward(Tensor images) => linear.call(applied.call(images));

    sealed class Applied(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("applied")
    {
        public override Tensor forward(Tensor input) => function(input);
    }
}

public sealed class WithLayersInside : Classifier
{
    readonly Module<Tensor, Tensor> inner = new LayersBesideADelegate();
    public WithLayersInside() => RegisterComponents();
    public override Tensor forward(Tensor images) => inner.call(images) * 2;
}

public sealed class CopiesLayersInside : Classifier
{
    readonly LayersBesideADelegate inner = new();
    public CopiesLayersInside() => RegisterComponents();
    public override Tensor forward(Tensor images) => inner.call(images) * 2;
}

public abstract class Base : Classifier
{
    readonly Func<Tensor, Tensor> flatten = x => x.flatten(1);
    protected Tensor Flat(Tensor images) => flatten(images);
}

public sealed class Derived : Base
{
    readonly Linear linear = Linear(16, 2);
    public Derived() => RegisterComponents();
    public override Tensor forward(Tensor images) => linear.call(Flat(images));
}

public sealed class WithModuleList : Classifier
{
    readonly ModuleList<Module<Tensor, Tensor>> layers = new(Flatten(), Linear(16, 2));
    public WithModuleList() => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        foreach (var layer in layers)
            images = layer.call(images);
        return images;
    }
}

public sealed class WithModuleDict : Classifier
{
    readonly ModuleDict<Module<Tensor, Tensor>> layers =
        ModuleDict<Module<Tensor, Tensor>>(("flat", Flatten()), ("output", Sequential(Linear(16, 2))));
    public WithModuleDict() => RegisterComponents();
    public override Tensor forward(Tensor images) => layers["output"].call(layers["flat"].call(images));
}

public sealed class WithParameterList : Classifier
{
    readonly ParameterList gains = new(new Parameter(ones(2, 16)));
    public WithParameterList() => RegisterComponents();
    public override Tensor forward(Tensor images) => images.flatten(1).matmul(gains[0].t());
}

public sealed class ListsNoise : Classifier
{
    readonly ModuleList<Module<Tensor, Tensor>> layers = new(Flatten(), new Noise(), Linear(16, 2));
    public ListsNoise() => RegisterComponents();
    public override Tensor forward(Tensor images) => layers.Aggregate(images, (x, layer) => layer.call(x));
}

public sealed class Activated(Func<Tensor, Tensor> activation) : Module<Tensor, Tensor>("activated")
{
    public override Tensor forward(Tensor input) => activation(input);
}

public sealed class ListsDelegates : Classifier
{
    readonly ModuleList<Activated> layers = new();

    public ListsDelegates()
    {
        for (var i = 0; i < 2; i++)
            layers.Add(new Activated(x => x.flatten(1).narrow(1, 0, 2)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => layers.Aggregate(images, (x, layer) => layer.call(x));
}

public sealed class NamesADelegate : Classifier
{
    readonly ModuleDict<Module<Tensor, Tensor>> layers;

    public NamesADelegate()
    {
        layers =
            ModuleDict<Module<Tensor, Tensor>>(("flat", new Activated(x => x.flatten(1))), ("output", Linear(16, 2)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => layers["output"].call(layers["flat"].call(images));
}

public sealed class Brightness : Detector
{
    public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
}

public sealed class NoisyBrightness : Detector, IRandomized
{
    public int EotSamples => 2;
    public override Tensor forward(Tensor images) => (images + randn_like(images)).mean([1, 2, 3]);
}
