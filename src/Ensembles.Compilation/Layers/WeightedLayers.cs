using Ensembles.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A weight and what is added, null for nothing.</summary>
readonly record struct LayerWeights(Tensor Weight, Tensor? Bias);

/// <summary>Weights as they were when a layer was made, and how to read them anew.</summary>
/// <param name="Then">The weights.</param>
/// <param name="Read">The same from the parameters they come from; runs in the caller's dispose scope.</param>
readonly record struct WeightSource(LayerWeights Then, Func<LayerWeights> Read)
{
    /// <summary>Weights that come from parameters.</summary>
    public static WeightSource Of(Func<LayerWeights> read) => new(read(), read);

    /// <summary>Weights computed from these, now and when they are read anew.</summary>
    public WeightSource Changed(Func<LayerWeights, LayerWeights> change)
    {
        var read = Read;
        return new(change(Then), () => change(read()));
    }
}

/// <summary>A layer with weights, which belong to it.</summary>
abstract class WeightedLayer : FrozenLayer
{
    readonly Func<LayerWeights> read;

    protected WeightedLayer(WeightSource source)
    {
        read = source.Read;
        Weight = Own(source.Then.Weight);
        Bias = source.Then.Bias is { } bias ? Own(bias) : null;
    }

    public Tensor Weight { get; }

    public Tensor? Bias { get; }

    /// <summary>The layer's weights, for another layer to be made of them.</summary>
    public WeightSource Source => new(new LayerWeights(Weight, Bias), read);

    public override bool IsSame(FrozenLayer other) =>
        IsAlike(other) && other is WeightedLayer { Weight: var weight, Bias: var bias }
        && SameOperations.AreSame([Weight, Bias], [weight, bias]);

    public override void Refresh()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (weight, bias) = read();
        Weight.copy_(weight);
        Bias?.copy_(bias!);
    }

    public override void Dispose()
    {
        Weight.Dispose();
        Bias?.Dispose();
    }

    /// <summary>The source in another type.</summary>
    protected WeightSource In(ScalarType precision) =>
        Source.Changed(w => new LayerWeights(w.Weight.to_type(precision), w.Bias?.to_type(precision)));

    /// <summary>max_o sum_i |w_oi| * input + max_o |b_o|, from float64 sums.</summary>
    protected double LinearBound(double input)
    {
        using var scope = NewDisposeScope();
        var reach = Weight.to_type(ScalarType.Float64).abs().flatten(1).sum(1).max().item<double>() * input;
        return Bias is null ? reach : reach + Bias.to_type(ScalarType.Float64).abs().max().item<double>();
    }
}

/// <summary>Convolution of [N, C, H, W], with zeros around the image.</summary>
sealed class ConvLayer(
    WeightSource source, long[] stride, long[] padding, long[] dilation, long groups) : WeightedLayer(source)
{
    public override string Architecture =>
        $"convolution {Shape(Weight)} stride {List(stride)} padding {List(padding)} dilation {List(dilation)} groups "
            + $"{groups}{(Bias is null ? " without bias" : "")}";

    public override Tensor Run(Tensor x) => functional.conv2d(x, Weight, Bias, stride, padding, dilation, groups);

    public override string Script(ScriptText text, string x) => text.Let(
        $"torch.conv2d({x}, {text.Held(Weight)}, {text.Held(Bias)}, {ScriptText.List(stride)}, "
            + $"{ScriptText.List(padding)}, {ScriptText.List(dilation)}, {groups})");

    /// <summary>The same convolution with other values, of <paramref name="groups"/> groups.</summary>
    public ConvLayer With(WeightSource source, long groups) => new(source, stride, padding, dilation, groups);

    public long[] Stride => stride;

    public long[] Padding => padding;

    public long[] Dilation => dilation;

    public long Groups => groups;

    public override double Bound(double input) => LinearBound(input);

    public override FrozenLayer To(ScalarType precision)
    {
        using var scope = NewDisposeScope();
        return With(In(precision), groups);
    }

    public override FrozenLayer Laid(bool channelsLast)
    {
        using var scope = NewDisposeScope();
        return With(
            Source.Changed(w => w with { Weight = channelsLast ? ChannelsLast(w.Weight) : w.Weight.contiguous() }),
            groups);
    }

    /// <summary>
    /// The same values [N, C, H, W], with the channels of a pixel beside each other in memory. TorchSharp has no word
    /// for it. The strides are spelled out, since torch takes a permuted tensor of one channel for its default layout,
    /// and lays out all that follows in that.
    /// </summary>
    public static Tensor ChannelsLast(Tensor values)
    {
        var (c, h, w) = (values.size(1), values.size(2), values.size(3));
        return values.permute(0, 2, 3, 1).contiguous().as_strided([values.size(0), c, h, w], [c * h * w, 1, w * c, c]);
    }
}

/// <summary>x W^T + b on the last dimension.</summary>
sealed class LinearLayer(WeightSource source) : WeightedLayer(source)
{
    public override string Architecture => $"linear {Shape(Weight)}{(Bias is null ? " without bias" : "")}";

    public override Tensor Run(Tensor x) => functional.linear(x, Weight, Bias);

    public override string Script(ScriptText text, string x) =>
        text.Let($"torch.linear({x}, {text.Held(Weight)}, {text.Held(Bias)})");

    public override double Bound(double input) => LinearBound(input);

    public override FrozenLayer To(ScalarType precision)
    {
        using var scope = NewDisposeScope();
        return new LinearLayer(In(precision));
    }
}

/// <summary>
/// Scale and shift of each channel: what batch normalisation is in evaluation mode. Both are [C], or [C, 1, 1] for
/// images.
/// </summary>
sealed class ScaleLayer(WeightSource source) : WeightedLayer(source)
{
    public Tensor Scale => Weight;

    public Tensor Shift => Bias!;

    public override string Architecture => $"scale {Shape(Scale)}";

    public override Tensor Run(Tensor x) => addcmul(Shift, x, Scale, Constant.Of(1));

    public override string Script(ScriptText text, string x) =>
        text.Let($"torch.addcmul({text.Held(Shift)}, {x}, {text.Held(Scale)})");

    public override double Bound(double input)
    {
        using var scope = NewDisposeScope();
        return (Largest(Scale) * input) + Largest(Shift);

        static double Largest(Tensor values) => values.abs().max().to_type(ScalarType.Float64).item<double>();
    }

    public override FrozenLayer To(ScalarType precision)
    {
        using var scope = NewDisposeScope();
        return new ScaleLayer(In(precision));
    }
}
