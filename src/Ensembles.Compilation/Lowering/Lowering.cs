using System.Diagnostics.CodeAnalysis;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Rewrites a module as frozen layers, those that <see cref="LayerWalk"/> takes it apart into. What that does not know
/// stays whole, as a frozen copy that runs its own forward.
/// </summary>
sealed partial class Lowering
{
    readonly Device device;
    readonly bool mayCopy;
    readonly List<FrozenLayer> layers = [];
    readonly List<string> ownForward = [];

    Lowering(Device device, bool mayCopy) => (this.device, this.mayCopy) = (device, mayCopy);

    /// <summary>The frozen network of a module in evaluation mode, float32, in torch's default layout.</summary>
    /// <param name="module">The module.</param>
    /// <param name="device">Where the network is to be.</param>
    /// <param name="mayCopy">
    /// Whether classes that are not TorchSharp's may become frozen copies, which run their own forward.
    /// </param>
    /// <exception cref="NotCopiedException">
    /// A part that can be neither taken apart nor copied, or may not be.
    /// </exception>
    public static FrozenNetwork Of(nn.Module<Tensor, Tensor> module, Device device, bool mayCopy = true)
    {
        var lowering = new Lowering(device, mayCopy);
        try
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            lowering.AddAll(LayerWalk.Of(module));
            return new FrozenNetwork(lowering.layers)
            {
                FoldedNorms = lowering.folded,
                OwnForward = lowering.ownForward,
            };
        }
        catch
        {
            new FrozenNetwork(lowering.layers).Dispose();
            throw;
        }
    }

    int folded;

    void AddAll(IEnumerable<Layer> parts)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case KnownLayer known:
                    Add(known.Module);
                    break;
                case LayerSum sum:
                    layers.Add(new ResidualLayer(Row(sum.Branch), Row(sum.Shortcut)));
                    break;
                case OwnForwardLayer own:
                    layers.Add(OwnForward(own.Module));
                    break;
                case UnknownLayer unknown:
                    throw new NotCopiedException(unknown.Obstacle);
            }
        }
    }

    /// <summary>A layer of those that the walk knows.</summary>
    void Add(nn.Module module)
    {
        switch (module)
        {
            case Conv2d convolution:
                layers.Add(
                    new ConvLayer(
                        WeightSource.Of(() => new LayerWeights(Here(convolution.weight!), Here(convolution.bias))),
                        convolution.stride,
                        convolution.padding!,
                        convolution.dilation,
                        convolution.groups));
                break;
            case Linear linear:
                layers.Add(
                    new LinearLayer(
                        WeightSource.Of(() => new LayerWeights(Here(linear.weight!), Here(linear.bias)))));
                break;
            case NormBase norm:
                AddNorm(norm);
                break;
            case IAffine affine:
                AddScale(() => Affine(affine), affine.Shift.numel(), ofImages: layers is not [.., LinearLayer]);
                break;
            case ReLU:
                layers.Add(new ReluLayer(inPlace: layers.Count > 0 && layers[^1].IsFresh));
                break;
            case Flatten flatten:
                layers.Add(new FlattenLayer(flatten.start_dim, flatten.end_dim));
                break;
            default:
                AddPooling(Pooling(module));
                break;
        }
    }

    /// <summary>Modules called one after the other, as a network of their own.</summary>
    FrozenNetwork Row(IEnumerable<nn.Module<Tensor, Tensor>> modules)
    {
        var inside = new Lowering(device, mayCopy);
        try
        {
            inside.AddAll(LayerWalk.Row(modules));
        }
        catch
        {
            new FrozenNetwork(inside.layers).Dispose();
            throw;
        }

        folded += inside.folded;
        ownForward.AddRange(inside.ownForward);
        return new FrozenNetwork(inside.layers);
    }

    /// <summary>y = (x - mean) / sqrt(var + eps) * w + b, as scale and shift.</summary>
    void AddNorm(NormBase norm)
    {
        if (norm.running_mean is null || norm.running_var is null)
            throw new InvalidOperationException(
                $"{norm.GetName()} normalises by the batch it is in, so that a decision depends on the other images: "
                    + "a plan cannot split such batches.");

        if (AddScale(() => Affine(norm), norm.running_mean.numel(), ofImages: norm is BatchNorm2d))
            folded++;
    }

    /// <summary>
    /// Scale and shift of each channel: into the convolution or linear layer before them where there is one.
    /// </summary>
    /// <param name="affine">Both, as they are now; [C] or [1] in float64, so that folding rounds once.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="ofImages">Whether they are for images [N, C, H, W] rather than rows.</param>
    /// <returns>Whether they went into the layer before.</returns>
    bool AddScale(Func<(Tensor Scale, Tensor Shift)> affine, long count, bool ofImages)
    {
        var before = layers.Count == 0 ? null : layers[^1];
        FrozenLayer? joined = before switch
        {
            ConvLayer c when ofImages => c.With(c.Source.Changed(w => Folded(w, affine())), c.Groups),
            LinearLayer l when !ofImages => new LinearLayer(l.Source.Changed(w => Folded(w, affine()))),
            _ => null,
        };
        if (joined is null)
        {
            long[] shape = ofImages && count > 1 ? [-1, 1, 1] : [-1];
            layers.Add(
                new ScaleLayer(
                    WeightSource.Of(() =>
                    {
                        var (scale, shift) = affine();
                        return new LayerWeights(Single(scale).view(shape), Single(shift).view(shape));
                    })));
            return false;
        }

        before!.Dispose();
        layers[^1] = joined;
        return true;
    }

    static (Tensor Scale, Tensor Shift) Affine(NormBase norm)
    {
        var scale = norm.running_var!.to_type(ScalarType.Float64).add(Constant.Of(norm.eps)).rsqrt();
        if (norm.weight is { } weight)
            scale = scale * weight;
        var shift = -norm.running_mean!.to_type(ScalarType.Float64) * scale;
        return (scale, norm.bias is { } bias ? shift + bias : shift);
    }

    static (Tensor Scale, Tensor Shift) Affine(IAffine affine) =>
        (
            (affine.Scale ?? ones_like(affine.Shift)).to_type(ScalarType.Float64),
            affine.Shift.to_type(ScalarType.Float64));

    LayerWeights Folded(LayerWeights before, (Tensor Scale, Tensor Shift) affine) =>
        new(
            Scaled(before.Weight, affine.Scale),
            Shifted(before.Bias, affine.Scale, affine.Shift.expand(before.Weight.size(0))));

    Tensor Scaled(Tensor weight, Tensor scale) =>
        Single(
            weight
                .to_type(ScalarType.Float64) * scale
                .to(device)
                .view([-1, .. Enumerable.Repeat(1L, (int)weight.dim() - 1)]));

    Tensor Shifted(Tensor? bias, Tensor scale, Tensor shift) =>
        Single(bias is null ? shift : (bias.to_type(ScalarType.Float64) * scale.to(device)) + shift.to(device));

    Tensor Single(Tensor values) => values.to_type(ScalarType.Float32).to(device);

    /// <summary>Maxima before a ReLU rather than behind it: the same numbers, and the ReLU has fewer of them.</summary>
    void AddPooling(ChannelwiseLayer pooling)
    {
        if (!pooling.IsMaximum || layers is not [.., ReluLayer])
        {
            layers.Add(pooling);
            return;
        }

        layers[^1] = pooling;
        layers.Add(new ReluLayer(inPlace: pooling.IsFresh));
    }

    static ChannelwiseLayer Pooling(nn.Module module) => module switch
    {
        MaxPool2d p => new ChannelwiseLayer(
            $"max pooling {Text(p.kernel_size)} stride {Text(p.stride)} padding {Text(p.padding)} dilation "
                + $"{Text(p.dilation)} ceiling {p.ceil_mode}",
            x => nn.functional.max_pool2d(x, p.kernel_size, p.stride, p.padding, p.dilation, p.ceil_mode),
            isMaximum: true,
            Window(p),
            x => $"torch.max_pool2d({x}, {Numbers(p.kernel_size)}, {Numbers(p.stride ?? p.kernel_size)}, "
                + $"{Numbers(p.padding ?? [0])}, {Numbers(p.dilation ?? [1])}, {ScriptText.Of(p.ceil_mode)})"),
        AvgPool2d p => new ChannelwiseLayer(
            $"average pooling {Text(p.kernel_size)} stride {Text(p.stride)} padding {Text(p.padding)} ceiling "
                + $"{p.ceil_mode} pad {p.count_include_pad}",
            x => nn.functional.avg_pool2d(x, p.kernel_size, p.stride, p.padding, p.ceil_mode, p.count_include_pad),
            script: x => $"torch.avg_pool2d({x}, {Numbers(p.kernel_size)}, {Numbers(p.stride ?? p.kernel_size)}, "
                + $"{Numbers(p.padding ?? [0])}, {ScriptText.Of(p.ceil_mode)}, {ScriptText.Of(p.count_include_pad)})"),
        AdaptiveAvgPool2d p => new ChannelwiseLayer(
            $"average pooling to {Text(p.output_size)}",
            x => nn.functional.adaptive_avg_pool2d(x, p.output_size),
            script: x => $"torch.adaptive_avg_pool2d({x}, {Numbers(p.output_size)})"),
        _ => throw new NotSupportedException($"The walk knows {module.GetType().Name}, and lowering does not."),
    };

    static MaximumWindow? Window(MaxPool2d p)
    {
        if (p.kernel_size is not { } size
            || p.ceil_mode
            || p.padding?.Any(n => n != 0) == true
            || p.dilation?.Any(n => n != 1) == true)
            return null;
        return new MaximumWindow(Pair(size), Pair(p.stride ?? size));

        static (int, int) Pair(long[] sizes) => ((int)sizes[0], (int)sizes[^1]);
    }

    ModuleLayer OwnForward(nn.Module<Tensor, Tensor> module)
    {
        if (!mayCopy && module.GetType().Assembly != typeof(nn.Module).Assembly)
            throw new NotCopiedException($"{module.GetType().Name} has its own forward");
        var copy = ModuleCopier.Layer(module, device, lower: true);
        ownForward.Add(module.GetType().Name);
        return copy;
    }

    [return: NotNullIfNotNull(nameof(weight))]
    Tensor? Here(Tensor? weight) => weight?.detach().to(device);

    /// <summary>Two numbers, or the one that stands for both.</summary>
    static string Numbers(long[] sizes) => ScriptText.List([sizes[0], sizes[^1]]);

    static string Text(long[]? numbers) => numbers is null ? "-" : string.Join(",", numbers);
}
