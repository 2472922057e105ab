using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>One step of a frozen network, with weights that belong to it. Several threads may run it at once.</summary>
abstract class FrozenLayer : IDisposable
{
    /// <summary>What the layer gives for <paramref name="x"/>.</summary>
    public abstract Tensor Run(Tensor x);

    /// <summary>What it is, down to the shapes of its weights: layers that share it can run as one.</summary>
    public abstract string Architecture { get; }

    /// <summary>Whether nobody else holds the result's memory, so that it may be overwritten.</summary>
    public virtual bool IsFresh => true;

    /// <summary>
    /// Whether the result is a tensor of the layer's own, if only a view, so that it is disposed once it was read.
    /// </summary>
    public virtual bool IsOwn => true;

    /// <summary>
    /// Largest magnitude of an output when no input is larger than <paramref name="input"/>; infinity where nothing is
    /// known.
    /// </summary>
    public virtual double Bound(double input) => double.PositiveInfinity;

    /// <summary>The layer with weights of another type; the same one where there are none.</summary>
    public virtual FrozenLayer To(ScalarType precision) => this;

    /// <summary>The layer with four-dimensional weights laid out channels last, or as torch does by default.</summary>
    public virtual FrozenLayer Laid(bool channelsLast) => this;

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>A copy of values outside of every dispose scope, without gradients.</summary>
    protected static Tensor Own(Tensor values)
    {
        using var detached = values.detach();
        return detached.clone().DetachFromDisposeScope();
    }

    /// <summary>max_o sum_i |w_oi| * input + max_o |b_o|, from float64 sums.</summary>
    protected static double LinearBound(Tensor weight, Tensor? bias, double input)
    {
        using var scope = NewDisposeScope();
        var reach = weight.to_type(ScalarType.Float64).abs().flatten(1).sum(1).max().item<double>() * input;
        return bias is null ? reach : reach + bias.to_type(ScalarType.Float64).abs().max().item<double>();
    }

    protected static string Shape(Tensor tensor) => string.Join("x", tensor.shape);

    protected static string List(IEnumerable<long> numbers) => string.Join(",", numbers);
}

/// <summary>Convolution of [N, C, H, W], with zeros around the image.</summary>
sealed class ConvLayer(
    Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] dilation, long groups) : FrozenLayer
{
    public Tensor Weight { get; } = Own(weight);

    public Tensor? Bias { get; } = bias is null ? null : Own(bias);

    public override string Architecture =>
        $"convolution {Shape(Weight)} stride {List(stride)} padding {List(padding)} dilation {List(dilation)} groups "
            + $"{groups}{(Bias is null ? " without bias" : "")}";

    public override Tensor Run(Tensor x) => functional.conv2d(x, Weight, Bias, stride, padding, dilation, groups);

    /// <summary>The same convolution with other values, of <paramref name="groups"/> groups.</summary>
    public ConvLayer With(Tensor weight, Tensor? bias, long groups) =>
        new(weight, bias, stride, padding, dilation, groups);

    public long[] Stride => stride;

    public long[] Padding => padding;

    public long[] Dilation => dilation;

    public long Groups => groups;

    public override double Bound(double input) => LinearBound(Weight, Bias, input);

    public override FrozenLayer To(ScalarType precision)
    {
        using var scope = NewDisposeScope();
        return With(Weight.to_type(precision), Bias?.to_type(precision), groups);
    }

    public override FrozenLayer Laid(bool channelsLast)
    {
        using var scope = NewDisposeScope();
        return With(channelsLast ? ChannelsLast(Weight) : Weight.contiguous(), Bias, groups);
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

    public override void Dispose()
    {
        Weight.Dispose();
        Bias?.Dispose();
    }
}

/// <summary>x W^T + b on the last dimension.</summary>
sealed class LinearLayer(Tensor weight, Tensor? bias) : FrozenLayer
{
    public Tensor Weight { get; } = Own(weight);

    public Tensor? Bias { get; } = bias is null ? null : Own(bias);

    public override string Architecture => $"linear {Shape(Weight)}{(Bias is null ? " without bias" : "")}";

    public override Tensor Run(Tensor x) => functional.linear(x, Weight, Bias);

    public override double Bound(double input) => LinearBound(Weight, Bias, input);

    public override FrozenLayer To(ScalarType precision)
    {
        using var scope = NewDisposeScope();
        return new LinearLayer(Weight.to_type(precision), Bias?.to_type(precision));
    }

    public override void Dispose()
    {
        Weight.Dispose();
        Bias?.Dispose();
    }
}

/// <summary>
/// Scale and shift of each channel: what batch normalisation is in evaluation mode. Both are [C], or [C, 1, 1] for
/// images.
/// </summary>
sealed class ScaleLayer(Tensor scale, Tensor shift) : FrozenLayer
{
    public Tensor Scale { get; } = Own(scale);

    public Tensor Shift { get; } = Own(shift);

    public override string Architecture => $"scale {Shape(Scale)}";

    public override Tensor Run(Tensor x) => addcmul(Shift, x, Scale, 1);

    public override double Bound(double input)
    {
        using var scope = NewDisposeScope();
        return (Scale.abs().max().item<float>() * input) + Shift.abs().max().item<float>();
    }

    public override FrozenLayer To(ScalarType precision)
    {
        using var scope = NewDisposeScope();
        return new ScaleLayer(Scale.to_type(precision), Shift.to_type(precision));
    }

    public override void Dispose()
    {
        Scale.Dispose();
        Shift.Dispose();
    }
}

/// <summary>max(x, 0), into its input where the layer before hands over a result that nobody else holds.</summary>
sealed class ReluLayer(bool inPlace) : FrozenLayer
{
    public bool InPlace => inPlace;

    public override string Architecture => inPlace ? "relu in place" : "relu";

    public override Tensor Run(Tensor x) => inPlace ? x.relu_() : x.relu();

    public override double Bound(double input) => input;
}

/// <summary>
/// Something without weights that acts on each channel by itself and never enlarges a value, such as pooling.
/// </summary>
/// <param name="architecture">What it is.</param>
/// <param name="run">The function.</param>
/// <param name="isMaximum">
/// Whether it takes maxima, which change places with every function that never falls: max(relu(x)) = relu(max(x)).
/// </param>
/// <param name="maximum">The windows of the maxima, where all of them lie inside the image.</param>
sealed class ChannelwiseLayer(
    string architecture, Func<Tensor, Tensor> run, bool isMaximum = false, MaximumWindow? maximum = null) : FrozenLayer
{
    public bool IsMaximum => isMaximum;

    public MaximumWindow? Maximum => maximum;

    public override string Architecture => architecture;

    public override Tensor Run(Tensor x) => run(x);

    public override double Bound(double input) => input;
}

/// <summary>Windows that maxima are taken over.</summary>
/// <param name="Size">Height and width.</param>
/// <param name="Stride">From one to the next.</param>
sealed record MaximumWindow((int Row, int Column) Size, (int Row, int Column) Stride);

/// <summary>Joins dimensions from start to end. The result may share its memory with the input.</summary>
sealed class FlattenLayer(long start, long end) : FrozenLayer
{
    /// <summary>Whether every image becomes one row.</summary>
    public bool IsWhole => start == 1 && end == -1;

    public override string Architecture => $"flatten {start} to {end}";

    public override bool IsFresh => false;

    public override Tensor Run(Tensor x) => x.flatten(start, end);

    public override double Bound(double input) => input;
}

/// <summary>
/// Flattens [N, C, H, W] to [N, H W C], pixel by pixel, in the order that channels last has in memory, so that nothing
/// is copied. The linear layer behind it has its columns in the same order.
/// </summary>
sealed class PixelFlattenLayer : FrozenLayer
{
    public override string Architecture => "flatten by pixel";

    public override bool IsFresh => false;

    public override Tensor Run(Tensor x)
    {
        using var pixels = x.permute(0, 2, 3, 1);
        return pixels.flatten(1);
    }

    public override double Bound(double input) => input;
}

/// <summary>Changes the type of the values.</summary>
sealed class CastLayer(ScalarType type) : FrozenLayer
{
    public override string Architecture => $"to {type}";

    // Nothing happens, and the input comes back, where the type is this one already.
    public override bool IsFresh => false;

    public override Tensor Run(Tensor x) => x.to_type(type);

    public override double Bound(double input) => input;
}

/// <summary>A module that runs its own forward: a frozen copy, or the ensemble's own where none can be made.</summary>
/// <param name="module">What runs.</param>
/// <param name="oneAtATime">Whether the module may keep something between the start and the end of a call.</param>
/// <param name="owned">What is disposed with the layer.</param>
sealed class ModuleLayer(Module<Tensor, Tensor> module, bool oneAtATime, IReadOnlyList<IDisposable> owned) : FrozenLayer
{
    readonly Lock turn = new();

    public Module<Tensor, Tensor> Module => module;

    public override string Architecture => $"{module.GetType().Name}'s own forward";

    // A module may return its input, or a tensor it keeps.
    public override bool IsFresh => false;

    public override bool IsOwn => false;

    public override Tensor Run(Tensor x)
    {
        if (!oneAtATime)
            return Draws.Answer(module, x);
        lock (turn)
            return Draws.Answer(module, x);
    }

    public override void Dispose()
    {
        foreach (var item in owned)
            item.Dispose();
    }
}
