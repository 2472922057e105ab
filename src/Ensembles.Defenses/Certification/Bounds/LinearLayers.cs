using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>y = A x + b. A box with center m and radius d becomes one with center A m + b and radius |A| d.</summary>
/// <remarks>Source: Gowal et al. 2018.</remarks>
abstract class AffineBounds : BoundedLayer
{
    /// <summary>The products in the longest sum of A x or of s A.</summary>
    protected abstract long Terms(long[] input);

    /// <summary>A x, or |A| x.</summary>
    protected abstract Tensor Map(Tensor x, bool absolute);

    /// <summary>s A for rows s [B, ...] of the output's shape.</summary>
    /// <param name="slope">s.</param>
    /// <param name="input">The shape of the input.</param>
    protected abstract Tensor Transposed(Tensor slope, long[] input);

    /// <summary>b and |b| before anything in it cancels, stretching to the output's shape; null for 0.</summary>
    protected virtual (Tensor Values, Tensor Magnitude)? Bias(long[] output) => null;

    /// <inheritdoc/>
    public sealed override Interval Forward(Interval input)
    {
        var rounding = Rounding.Of(Terms(input.Lower.shape));
        var middle = input.Center;
        var radius = input.Radius(middle);
        var center = Map(middle, absolute: false);
        // |A| (d + rounding (|m| + d)) is the radius and the rounding of the sums in one.
        var reach = Map((radius * (1 + rounding)) + (middle.abs() * rounding), absolute: true);
        if (Bias(center.shape) is { } bias)
        {
            center = center + bias.Values;
            reach = reach + (bias.Magnitude * rounding);
        }

        reach = (reach * (1 + rounding)) + Rounding.Smallest;
        return new Interval(center - reach, center + reach).Widened(zeros_like(reach));
    }

    /// <inheritdoc/>
    public sealed override Tensor Backward(Tensor slope, Passage place, LinearBound bound)
    {
        var shape = place.Input.Lower.shape;
        var magnitude = Map(place.Input.Magnitude, absolute: true);
        if (Bias(place.Output.Lower.shape) is { } bias)
        {
            bound.Add(slope, bias.Values);
            magnitude = magnitude + bias.Magnitude;
        }

        bound.Loose(slope, magnitude, Terms(shape));
        return Transposed(slope.flatten(0, 1), shape).unflatten(0, [slope.size(0), slope.size(1)]);
    }
}

/// <summary>W x + b on the last dimension.</summary>
sealed class FullyConnectedBounds(Tensor weight, Tensor? bias) : AffineBounds
{
    /// <summary>W, [O, I].</summary>
    public Tensor Weight => weight;

    /// <summary>b, [O].</summary>
    public Tensor? Added => bias;

    protected override long Terms(long[] input) => Math.Max(weight.size(0), weight.size(1));

    protected override Tensor Map(Tensor x, bool absolute) => functional.linear(x, absolute ? weight.abs() : weight);

    protected override Tensor Transposed(Tensor slope, long[] input) => slope.matmul(weight);

    protected override (Tensor, Tensor)? Bias(long[] output) => bias is null ? null : (bias, bias.abs());
}

/// <summary>Convolution with zeros around the image.</summary>
sealed class ConvolutionBounds(Conv2d layer, Tensor weight, Tensor? bias) : AffineBounds
{
    protected override long Terms(long[] input) => Math.Max(weight.size(0), weight.size(1)) * weight[0, 0].numel();

    protected override Tensor Map(Tensor x, bool absolute) => functional.conv2d(
        x, absolute ? weight.abs() : weight, null, layer.stride, layer.padding!, layer.dilation, layer.groups);

    protected override Tensor Transposed(Tensor slope, long[] input)
    {
        // Rows and columns at the end that no stride reached are 0, and the transposed convolution leaves them out.
        long[] left = [Left(0), Left(1)];
        return functional.conv_transpose2d(
            slope, weight, null, layer.stride, layer.padding!, left, layer.dilation, layer.groups);

        long Left(int side) =>
            input[^(2 - side)] - (((slope.size(2 + side) - 1) * layer.stride[side]) - (2 * layer.padding![side])
                + (layer.dilation[side] * (weight.size(2 + side) - 1)) + 1);
    }

    protected override (Tensor, Tensor)? Bias(long[] output) =>
        bias is null ? null : (bias.view(-1, 1, 1), bias.view(-1, 1, 1).abs());
}

/// <summary>
/// scale x + shift for each channel, or for everything alike: batch normalisation in evaluation mode.
/// </summary>
/// <param name="scale">[C] or [1].</param>
/// <param name="shift">[C] or [1].</param>
/// <param name="shiftTerms">The sum of the magnitudes of what the shift is summed from.</param>
sealed class ScaleBounds(Tensor scale, Tensor shift, Tensor shiftTerms) : AffineBounds
{
    protected override long Terms(long[] input) => 8;

    protected override Tensor Map(Tensor x, bool absolute) =>
        x * OfChannels(absolute ? scale.abs() : scale, x.dim());

    protected override Tensor Transposed(Tensor slope, long[] input) => slope * OfChannels(scale, slope.dim());

    protected override (Tensor, Tensor)? Bias(long[] output) =>
        (OfChannels(shift, output.Length), OfChannels(shiftTerms, output.Length));

    static Tensor OfChannels(Tensor values, long dimensions) =>
        values.numel() == 1 ? values.view(1) : values.view([-1, .. Enumerable.Repeat(1L, (int)dimensions - 2)]);
}

/// <summary>Means of windows.</summary>
/// <param name="pool">The module's forward.</param>
sealed class AveragePoolingBounds(Func<Tensor, Tensor> pool) : AffineBounds
{
    protected override long Terms(long[] input) => input[^1] * input[^2];

    protected override Tensor Map(Tensor x, bool absolute) => pool(x);

    protected override Tensor Transposed(Tensor slope, long[] input)
    {
        // The transpose of a linear function is its gradient.
        var differentiated = is_grad_enabled() && slope.requires_grad;
        using var recorded = enable_grad();
        var x = zeros([slope.size(0), .. input[1..]], dtype: slope.dtype, device: slope.device, requires_grad: true);
        return autograd.grad([pool(x)], [x], [slope], create_graph: differentiated)[0];
    }
}

/// <summary>A linear module as the matrix it is, found at the first input: a column for each pixel value.</summary>
/// <param name="module">The module, a <see cref="ILinearMap"/>.</param>
sealed class MatrixBounds(Module<Tensor, Tensor> module) : AffineBounds
{
    /// <summary>What the module may round on its way, for which its matrix has no terms.</summary>
    const long Inside = 64;

    Tensor? matrix;
    long[] output = [];

    protected override long Terms(long[] input) => input[1..].Aggregate(1L, (product, side) => product * side) + Inside;

    protected override Tensor Map(Tensor x, bool absolute)
    {
        var a = Matrix(x);
        return functional.linear(x.flatten(1), absolute ? a.abs() : a).view([-1, .. output]);
    }

    protected override Tensor Transposed(Tensor slope, long[] input) =>
        slope.flatten(1).matmul(matrix!).view([-1, .. input[1..]]);

    /// <summary>A, [outputs of an image, inputs of an image].</summary>
    Tensor Matrix(Tensor x)
    {
        if (matrix is not null)
            return matrix;
        using var noGradient = no_grad();
        var pixels = x[0].numel();
        var columns = module.call(
            eye(pixels, dtype: ScalarType.Float64, device: x.device).view([-1, .. x.shape[1..]]));
        output = columns.shape[1..];
        return matrix = columns.flatten(1).t().to_type(x.dtype);
    }
}
