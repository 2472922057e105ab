using Ensembles.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>Self-attention over the pixels of 2x12x12 images, pooled to 6x6, in two heads.</summary>
[Compiled]
sealed partial class Attending : Module<Tensor, Tensor>
{
    readonly Conv2d stem = Conv2d(2, 8, 3, padding: 1);
    readonly Linear queries = Linear(8, 24);
    readonly LayerNorm norm = LayerNorm(8);
    readonly Linear fc = Linear(8, Given.Classes);

    public Attending() : base(nameof(Attending)) => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        var x = functional.max_pool2d(functional.relu(stem.call(images)), 2).flatten(2).transpose(1, 2);
        var all = queries.call(norm.call(x)).view(-1, 36, 3, 2, 4).permute(2, 0, 3, 1, 4);
        var (q, k, v) = (all[0], all[1], all[2]);
        var attention = functional.softmax(q.matmul(k.transpose(2, 3)) / 2, -1).matmul(v);
        x = x + attention.transpose(1, 2).reshape(-1, 36, 8);
        return fc.call(x.mean([1]));
    }
}

/// <summary>Channels that are joined, as in DenseNet and in Inception.</summary>
[Compiled]
sealed partial class Joining : Module<Tensor, Tensor>
{
    readonly Conv2d stem = Conv2d(2, 4, 3, padding: 1);
    readonly Conv2d one = Conv2d(4, 3, 1);
    readonly BatchNorm2d bn = BatchNorm2d(3);
    readonly Conv2d three = Conv2d(4, 5, 3, padding: 1);
    readonly Conv2d dense = Conv2d(12, 4, 3, padding: 1);
    readonly Linear fc = Linear(16 * 36, Given.Classes);

    public Joining() : base(nameof(Joining)) => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        var x = functional.relu(stem.call(images));
        x = cat([x, functional.relu(bn.call(one.call(x))), functional.max_pool2d(three.call(x), 3, 1, 1)], 1);
        x = cat([x, functional.relu(dense.call(x))], 1);
        return fc.call(functional.max_pool2d(x, 2).flatten(1));
    }
}

/// <summary>Functions of elements, and a value that is used twice.</summary>
[Compiled]
sealed partial class Activated : Module<Tensor, Tensor>
{
    readonly Conv2d conv = Conv2d(2, 6, 3, padding: 1);
    readonly Conv2d gate = Conv2d(6, 6, 1);
    readonly PReLU prelu = PReLU(6);
    readonly Linear fc = Linear(6, Given.Classes);

    public Activated() : base(nameof(Activated)) => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        var x = functional.gelu(conv.call(images * 2 - 1));
        x = prelu.call(x) * functional.sigmoid(gate.call(x));
        x = functional.avg_pool2d(functional.elu(x, 1.2) - functional.leaky_relu(x, 0.2).tanh().clamp(-0.5, 0.7), 2);
        return fc.call(functional.silu(x).mean([2, 3]));
    }
}

/// <summary>A module as a classifier that has its graph.</summary>
[Defense(Category.FeatureSeparation)]
sealed partial class Graphed : Classifier
{
    readonly Module<Tensor, Tensor> network;

    public Graphed(Module<Tensor, Tensor> network)
    {
        this.network = network;
        RegisterComponents();
    }

    public override Tensor forward(Tensor images) => network.call(images);
}

/// <summary>Edges made stronger, and cut off: each pixel less the mean around it.</summary>
sealed class Sharpening(double strength) : InputTransform(nameof(Sharpening)), IGraphSource
{
    public override Tensor forward(Tensor images) =>
        (images + (images - functional.avg_pool2d(images, 3, 1, 1)) * strength).clamp(0, 1);

    Value IGraphSource.Build(GraphBuilder graph, Value input)
    {
        var images = new Term(graph, input);
        return (images + (images - images.avg_pool2d(3, 1, 1)) * strength).clamp(0, 1).Value;
    }
}

/// <summary>A network behind such a transform of its own.</summary>
sealed class Sharpened : Classifier, ILayered
{
    readonly Sharpening transform;
    readonly Sequential network = Given.SmallNetwork();

    public Sharpened(double strength)
    {
        transform = new(strength);
        RegisterComponents();
    }

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [transform, network];

    public override Tensor forward(Tensor images) => network.call(transform.call(images));
}

/// <summary>How bright an image is.</summary>
[Defense(Category.Detection)]
sealed partial class Bright() : Detector(nameof(Bright))
{
    public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
}
