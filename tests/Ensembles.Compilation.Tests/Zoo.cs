using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>A classifier of 2x12x12 images that is a sequence of layers.</summary>
sealed class Layered : Classifier, ILayered
{
    readonly Sequential network;

    public Layered(Sequential network)
    {
        this.network = network;
        RegisterComponents();
    }

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

    public override Tensor forward(Tensor images) => network.call(images);
}

/// <summary>
/// A user's classifier that says nothing about itself, with a skip connection and an operation that is no module.
/// </summary>
sealed class OwnForward : Classifier
{
    readonly Conv2d conv1 = Conv2d(2, 6, 3, padding: 1);
    readonly BatchNorm2d norm = BatchNorm2d(6);
    readonly Module<Tensor, Tensor> block = Sequential(Conv2d(6, 6, 3, padding: 1), BatchNorm2d(6), ReLU());
    readonly Linear[] heads = [Linear(6, 4), Linear(6, 4)];
    readonly Tensor shift = full(1, 0.5f).DetachFromDisposeScope();

    public OwnForward()
    {
        register_buffer(nameof(shift), shift);
        RegisterComponents();
        foreach (var (i, head) in heads.Index())
            register_module($"head{i}", head);
    }

    public double Gain { get; set; } = 1.5;

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = norm.call(conv1.call(images - shift)) * Gain;
        x = functional.relu(x + block.call(x)).mean([2, 3]);
        return (heads[0].call(x) + get_buffer("shift")! * heads[1].call(x)).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A user's classifier that keeps its parts in TorchSharp's lists and dictionaries, and one of them in a field as well.
/// </summary>
sealed class Listed : Classifier
{
    readonly Sequential first = Sequential(Conv2d(2, 6, 3, padding: 1), BatchNorm2d(6), ReLU());
    readonly ModuleList<Module<Tensor, Tensor>> blocks;
    readonly ModuleDict<Conv2d> named = ModuleDict<Conv2d>(
        ("even", Conv2d(6, 6, 1)), ("odd", Conv2d(6, 6, 3, padding: 1)));
    readonly ParameterList gains = new(new Parameter(full(1, 0.5f)), new Parameter(full(1, 2f)));
    readonly Linear output = Linear(6, 4);

    public Listed()
    {
        blocks = new(first, new Layered(Sequential(Conv2d(6, 6, 3, padding: 1), ReLU())));
        RegisterComponents();
    }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = images;
        foreach (var block in blocks)
            x = block.call(x);
        x = named["even"].call(x) * gains[0] + named["odd"].call(x) * gains[1];
        return output.call(x.mean([2, 3])).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A user's classifier whose part is reached through a delegate, which a copy would share with the original.
/// </summary>
sealed class Delegating : Classifier
{
    readonly Linear linear = Linear(288, 4);
    readonly Func<Tensor, Tensor> run;

    public Delegating()
    {
        run = x => linear.call(x);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => run(images.flatten(1));
}

/// <summary>Draws random numbers.</summary>
sealed class Noisy : Classifier, IRandomized
{
    readonly Linear linear = Linear(288, 4);

    public Noisy() => RegisterComponents();

    public int EotSamples => 5;

    public override Tensor forward(Tensor images) => linear.call((images + 0.1 * randn_like(images)).flatten(1));
}

/// <summary>Keeps every third brightness, and counts how often it was computed.</summary>
sealed class Coarse(double steps) : InputTransform(nameof(Coarse)), INonDifferentiable
{
    public static int Calls;

    readonly Tensor levels = tensor([0, (float)steps]).DetachFromDisposeScope();

    public override Tensor forward(Tensor images)
    {
        Interlocked.Increment(ref Calls);
        return (images * levels[1]).round() / levels[1];
    }

    public Tensor surrogate(Tensor images) => images.alias();
}

/// <summary>A transform in front of layers.</summary>
sealed class Transformed : Classifier, ILayered
{
    readonly Coarse transform;
    readonly Sequential network = Given.SmallNetwork();

    public Transformed(double steps)
    {
        transform = new Coarse(steps);
        RegisterComponents();
    }

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [transform, network];

    public override Tensor forward(Tensor images) => network.call(transform.call(images));
}

/// <summary>Says it is layers, and does more.</summary>
sealed class Untrue : Classifier, ILayered
{
    readonly Linear linear = Linear(288, 4);

    public Untrue() => RegisterComponents();

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [Flatten(), linear];

    public override Tensor forward(Tensor images) => linear.call(images.flatten(1)) * 2;
}

/// <summary>Suspects contrast.</summary>
sealed class Contrast() : Detector(nameof(Contrast))
{
    public override Tensor forward(Tensor images) => images.flatten(1).std(1);
}

/// <summary>A residual block of 6 channels: with a shortcut of its own, or with none.</summary>
sealed class Summing : Module<Tensor, Tensor>, IResidual
{
    readonly BatchNorm2d bn1 = BatchNorm2d(6);
    readonly ReLU relu1 = ReLU();
    readonly Conv2d conv1;
    readonly BatchNorm2d bn2 = BatchNorm2d(6);
    readonly ReLU relu2 = ReLU();
    readonly Conv2d conv2 = Conv2d(6, 6, 3, padding: 1);
    readonly Conv2d? shortcut;
    readonly ReLU relu3 = ReLU();
    readonly double factor;

    /// <param name="stride">2 for a shortcut with a convolution, and layers before both.</param>
    /// <param name="factor">What the sum is multiplied by, which no list says.</param>
    public Summing(int stride, double factor = 1) : base(nameof(Summing))
    {
        this.factor = factor;
        conv1 = Conv2d(6, 6, 3, stride: stride, padding: 1, bias: false);
        if (stride > 1)
            shortcut = Conv2d(6, 6, 1, stride: stride);
        RegisterComponents();
    }

    public IReadOnlyList<Module<Tensor, Tensor>> Before => shortcut is null ? [] : [bn1, relu1];

    public IReadOnlyList<Module<Tensor, Tensor>> Branch => shortcut is null
        ? [bn1, relu1, conv1, bn2, relu2, conv2]
        : [conv1, bn2, relu2, conv2];

    public IReadOnlyList<Module<Tensor, Tensor>> Shortcut => shortcut is null ? [] : [shortcut];

    public IReadOnlyList<Module<Tensor, Tensor>> After => [relu3];

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var before = Before.Aggregate(x, (h, layer) => layer.call(h));
        var branch = Branch.Aggregate(before, (h, layer) => layer.call(h));
        return relu3.call(factor * (branch + (shortcut?.call(before) ?? before))).MoveToOuterDisposeScope();
    }
}

/// <summary>A sum of two rows of layers, whose second may be none.</summary>
sealed class Sum : Module<Tensor, Tensor>, IResidual
{
    public Sum(Module<Tensor, Tensor>[] branch, Module<Tensor, Tensor>[] shortcut) : base(nameof(Sum))
    {
        (Branch, Shortcut) = (branch, shortcut);
        foreach (var (i, layer) in branch.Concat(shortcut).Index())
            register_module($"{i}", layer);
    }

    public IReadOnlyList<Module<Tensor, Tensor>> Before => [];

    public IReadOnlyList<Module<Tensor, Tensor>> Branch { get; }

    public IReadOnlyList<Module<Tensor, Tensor>> Shortcut { get; }

    public IReadOnlyList<Module<Tensor, Tensor>> After => [];

    public override Tensor forward(Tensor x) =>
        Branch.Aggregate(x, (h, layer) => layer.call(h)) + Shortcut.Aggregate(x, (h, layer) => layer.call(h));

    protected override void RegisterComponents()
    {
    }
}
