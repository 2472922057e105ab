using Ensembles.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What TorchSharp's layers compute in evaluation mode, as terms, beside those of <see cref="KnownLayer"/>.
/// </summary>
static class TorchLayers
{
    /// <summary>What a layer gives of x; null for one that is none of these.</summary>
    /// <param name="module">The layer.</param>
    /// <param name="x">What it is given.</param>
    /// <param name="held">The value of a tensor that it holds under a name.</param>
    // A class derived from one of TorchSharp's may do anything in its forward; so the type itself is asked for.
    public static Term? Of(nn.Module module, Term x, Func<string, Tensor, Value> held)
    {
        if (module.GetType().Assembly != typeof(nn.Module).Assembly)
            return null;
        Term? Held(string name, Tensor? tensor) => tensor is null ? null : x with { Value = held(name, tensor) };
        return Activation(module, x) ?? Shaped(module, x) ?? module switch
        {
            PReLU prelu => x.prelu(Held("weight", prelu.weight)!),
            LayerNorm norm => x.layer_norm(
                norm.normalized_shape, Held("weight", norm.weight), Held("bias", norm.bias), norm.eps),
            GroupNorm norm => x.group_norm(
                norm.num_groups, Held("weight", norm.weight), Held("bias", norm.bias), norm.eps),
            InstanceNorm2d { track_running_stats: false } norm => x.instance_norm(
                Held("weight", norm.weight), Held("bias", norm.bias), norm.eps),
            ConvTranspose2d { padding_mode: PaddingModes.Zeros, padding_type: null, padding: { } padding } grown =>
                x.conv_transpose2d(
                    Held("weight", grown.weight)!, Held("bias", grown.bias), grown.stride, padding,
                    grown.output_padding ?? [0], grown.dilation, grown.groups),
            Conv2d convolution => x.pad(Around(convolution), convolution.padding_mode).conv2d(
                Held("weight", convolution.weight)!, Held("bias", convolution.bias), convolution.stride, 0,
                convolution.dilation, convolution.groups),
            _ => null,
        };
    }

    /// <summary>Pixels around the images of a convolution: left, right, above, below.</summary>
    static long[] Around(Conv2d convolution)
    {
        if (convolution is { padding_type: null, padding: { } numbers })
            return [numbers[^1], numbers[^1], numbers[0], numbers[0]];
        if (convolution.padding_type != TorchSharp.Padding.Same)
            return [0, 0, 0, 0];
        // As many pixels come out as went in; of an odd number one more is added behind.
        long All(int dimension) => (convolution.dilation is { Length: > 0 } far ? far[dimension % far.Length] : 1)
            * (convolution.kernel_size[dimension % convolution.kernel_size.Length] - 1);
        var (rows, columns) = (All(0), All(1));
        return [columns / 2, columns - (columns / 2), rows / 2, rows - (rows / 2)];
    }

    static Term? Activation(nn.Module module, Term x) => module switch
    {
        TorchSharp.Modules.Sigmoid => x.sigmoid(),
        Tanh => x.tanh(),
        Hardswish => x.hardswish(),
        Hardsigmoid => x.hardsigmoid(),
        TorchSharp.Modules.Mish => x.mish(),
        GELU { approximate: GELU.Approximate.none } => x.gelu(),
        GELU => x.Of(new Gelu(IsApproximate: true)),
        SiLU => x.silu(),
        ELU elu => x.elu(elu.alpha),
        CELU celu => x.celu(celu.alpha),
        SELU => x.selu(),
        LeakyReLU leaky => x.leaky_relu(leaky.negative_slope),
        RReLU drawn => x.leaky_relu((drawn.lower + drawn.upper) / 2),
        ReLU6 => x.relu6(),
        TorchSharp.Modules.Softplus { beta: 1, threshold: 20 } => x.softplus(),
        TorchSharp.Modules.Softsign => x.softsign(),
        Tanhshrink => x - x.tanh(),
        LogSigmoid => x.logsigmoid(),
        TorchSharp.Modules.Softmax softmax => x.softmax(softmax.dim),
        TorchSharp.Modules.LogSoftmax softmax => x.log_softmax(softmax.dim),
        Softmin softmin => x.softmin(softmin.dim),
        Softmax2d => x.softmax(-3),
        GLU glu => x.glu(glu.dim),
        AlphaDropout or FeatureAlphaDropout or Dropout1d or Dropout3d => x,
        _ => null,
    };

    static Term? Shaped(nn.Module module, Term x) => module switch
    {
        TorchSharp.Modules.Flatten flatten => x.flatten(flatten.start_dim, flatten.end_dim),
        Unflatten unflatten => x.unflatten(
            unflatten.dim, [.. unflatten.unflattened_size.Select(size => new Dimension(size))]),
        AdaptiveMaxPool2d pool => x.adaptive_max_pool2d(pool.output_size),
        PixelShuffle shuffle => x.pixel_shuffle(shuffle.upscale_factor),
        ZeroPad2d pad => x.pad(pad.padding),
        ConstantPad2d pad => x.pad(pad.padding, value: pad.value),
        ReflectionPad2d pad => x.pad(pad.padding, PaddingModes.Reflect),
        ReplicationPad2d pad => x.pad(pad.padding, PaddingModes.Replicate),
        Upsample { size: var size, scale_factor: var factor } larger => x.interpolate(
            size.Length > 0 ? size.ToArray() : null, factor.Length > 0 ? factor.ToArray() : null,
            larger.mode switch
            {
                UpsampleMode.Nearest => InterpolationMode.Nearest,
                UpsampleMode.Bilinear => InterpolationMode.Bilinear,
                UpsampleMode.Bicubic => InterpolationMode.Bicubic,
                var mode => throw new GraphException($"Images are not interpolated by {mode} in a graph."),
            },
            larger.align_corners, larger.recompute_scale_factor ?? false),
        _ => null,
    };
}
