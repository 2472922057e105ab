using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>Logits W x + b of the flattened image.</summary>
sealed class LinearNetwork : Classifier
{
    readonly TorchSharp.Modules.Linear linear;

    public LinearNetwork(float[,] weights, float[]? bias = null) : base("linear")
    {
        linear = Linear(weights.GetLength(1), weights.GetLength(0));
        linear.weight.detach().copy_(tensor(weights));
        linear.bias!.detach().copy_(tensor(bias ?? new float[weights.GetLength(0)]));
        RegisterComponents();
        eval();
    }

    public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
}

/// <summary>The logits of another network times a constant.</summary>
sealed class ScaledNetwork : Classifier
{
    readonly Module<Tensor, Tensor> network;
    readonly double scale;

    public ScaledNetwork(Module<Tensor, Tensor> network, double scale) : base("scaled")
    {
        (this.network, this.scale) = (network, scale);
        RegisterComponents();
        eval();
    }

    public override Tensor forward(Tensor images) => network.call(images) * scale;
}

/// <summary>A network behind an input transform.</summary>
sealed class Behind : Classifier
{
    readonly Module<Tensor, Tensor> transform;
    readonly Module<Tensor, Tensor> network;

    public Behind(Module<Tensor, Tensor> transform, Module<Tensor, Tensor> network) : base("behind")
    {
        (this.transform, this.network) = (transform, network);
        RegisterComponents();
        eval();
    }

    public override Tensor forward(Tensor images) => network.call(transform.call(images));
}

/// <summary>A classifier written as a function.</summary>
sealed class FunctionClassifier : Classifier
{
    readonly Func<Tensor, Tensor> logits;

    public FunctionClassifier(Func<Tensor, Tensor> logits, string name = "function") : base(name)
    {
        this.logits = logits;
        eval();
    }

    public override Tensor forward(Tensor images) => logits(images);
}

/// <summary>A classifier written as a function that draws from the global generator.</summary>
sealed class RandomClassifier : Classifier, IRandomized
{
    readonly Func<Tensor, Tensor> logits;

    public RandomClassifier(int eotSamples, Func<Tensor, Tensor> logits) : base("random")
    {
        (EotSamples, this.logits) = (eotSamples, logits);
        eval();
    }

    public int EotSamples { get; }

    public override Tensor forward(Tensor images) => logits(images);
}

/// <summary>A detector written as a function.</summary>
sealed class FunctionDetector : Detector
{
    readonly Func<Tensor, Tensor> score;

    public FunctionDetector(Func<Tensor, Tensor> score) : base("function")
    {
        this.score = score;
        eval();
    }

    public override Tensor forward(Tensor images) => score(images);
}

/// <summary>Rounds pixels to 2^bits levels: no gradient of its own.</summary>
class BitDepth(int bits) : InputTransform(nameof(BitDepth))
{
    public override Tensor forward(Tensor images)
    {
        var levels = (1 << bits) - 1;
        return (images * levels).round() / levels;
    }
}

/// <summary>The same with the straight-through gradient declared.</summary>
sealed class StraightThroughBitDepth(int bits) : BitDepth(bits), INonDifferentiable
{
    public Tensor surrogate(Tensor images) => images;
}

/// <summary>The identity, with itself as surrogate.</summary>
sealed class SurrogateIdentity() : InputTransform(nameof(SurrogateIdentity)), INonDifferentiable
{
    public override Tensor forward(Tensor images) => images.alias();

    public Tensor surrogate(Tensor images) => images;
}

/// <summary>
/// The median of each 3x3 neighbourhood, borders mirrored with the edge pixel repeated; gradient straight through.
/// </summary>
sealed class Median3() : InputTransform(nameof(Median3)), INonDifferentiable
{
    public override Tensor forward(Tensor images)
    {
        var (height, width) = (images.size(2), images.size(3));
        // Repeating the border pixel once is scipy's "reflect" for a window of 3.
        var padded = functional.pad(images, [1, 1, 1, 1], TorchSharp.PaddingModes.Replicate);
        var windows = functional.unfold(padded, 3).view(images.size(0), images.size(1), 9, height, width);
        var (sorted, _) = windows.sort(2);
        return sorted.select(2, 4);
    }

    public Tensor surrogate(Tensor images) => images;
}
