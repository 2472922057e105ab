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

    /// <summary>A x + t, or |A| x + t.</summary>
    /// <param name="x">x.</param>
    /// <param name="absolute">Whether it is |A|.</param>
    /// <param name="added">t, of the shape of <see cref="Bias"/>; null for nothing.</param>
    protected abstract Tensor Map(Tensor x, bool absolute, Tensor? added = null);

    /// <summary>s A for rows s [B, ...] of the output's shape.</summary>
    /// <param name="slope">s.</param>
    /// <param name="input">The shape of the input.</param>
    protected abstract Tensor Transposed(Tensor slope, long[] input);

    /// <summary>b, one for each channel or output; null for 0.</summary>
    protected virtual Tensor? Bias => null;

    /// <summary>|b| before anything in it cancels.</summary>
    protected virtual Tensor? BiasMagnitude => Bias?.abs();

    /// <inheritdoc/>
    /// <remarks>
    /// |A| (d + rounding (|m| + d)) + rounding |b| is the radius and what network and bound round in one: of twice
    /// gamma_(n + 8) the sums take gamma_n each, and the sixteen terms that are left are more than halving, the
    /// distance of the ends from a rounded center, and the last sum take.
    /// </remarks>
    public sealed override Interval Forward(Interval input)
    {
        var rounding = Rounding.Of(Terms(input.Lower.shape));
        var middle = lerp(input.Lower, input.Upper, 0.5);
        // (u - l) / 2 (1 + rounding) + rounding |m|, which is u (1 / 2 + rounding) - l / 2 where l is not below 0
        var around = input.IsPositive
            ? input.Upper.mul(0.5 + rounding).add_(input.Lower, -0.5)
            : (input.Upper - input.Lower).mul_(0.5 * (1 + rounding)).add_(middle.abs(), rounding);
        var center = Map(middle, absolute: false, Bias);
        var reach = BiasMagnitude is { } bias
            ? Map(around, absolute: true, (bias * rounding) + Rounding.Smallest)
            : Map(around, absolute: true).add_(Rounding.Smallest);
        return new Interval(center - reach, is_grad_enabled() ? center + reach : center.add_(reach));
    }

    /// <inheritdoc/>
    public sealed override Tensor Backward(Tensor slope, Passage place, LinearBound bound)
    {
        if (Bias is { } bias)
            bound.Add(slope, Stretched(bias, slope.dim() - 1));
        return Transposed(slope.flatten(0, 1), place.Input.Lower.shape)
            .unflatten(0, [slope.size(0), slope.size(1)]);
    }

    /// <inheritdoc/>
    public sealed override Tensor Rounded(Interval input, Interval output)
    {
        var rounding = Rounding.Of(Terms(input.Lower.shape));
        var sum = Rounding.OfSum(output.Lower[0].numel(), output.Lower.dtype);
        return (Map(input.Magnitude, absolute: true) * rounding)
            + (BiasMagnitude is { } bias
                ? (Stretched(bias, output.Lower.dim()) * (rounding + sum)) + Rounding.Smallest
                : Rounding.Smallest);
    }

    static Tensor Stretched(Tensor values, long dimensions) => dimensions == 4 && values.numel() > 1
        ? values.view(-1, 1, 1)
        : values;
}

/// <summary>W x + b on the last dimension.</summary>
sealed class FullyConnectedBounds(Tensor weight, Tensor? bias) : AffineBounds
{
    readonly Tensor magnitude = weight.abs();

    /// <summary>W, [O, I].</summary>
    public Tensor Weight => weight;

    /// <summary>b, [O].</summary>
    public Tensor? Added => bias;

    protected override Tensor? Bias => bias;

    protected override long Terms(long[] input) => Math.Max(weight.size(0), weight.size(1));

    protected override Tensor Map(Tensor x, bool absolute, Tensor? added) =>
        functional.linear(x, absolute ? magnitude : weight, added);

    protected override Tensor Transposed(Tensor slope, long[] input) => slope.matmul(weight);
}

/// <summary>Convolution with zeros around the image.</summary>
sealed class ConvolutionBounds(Conv2d layer, Tensor weight, Tensor? bias) : AffineBounds
{
    readonly Tensor magnitude = weight.abs();

    protected override Tensor? Bias => bias;

    protected override long Terms(long[] input) => Math.Max(weight.size(0), weight.size(1)) * weight[0, 0].numel();

    protected override Tensor Map(Tensor x, bool absolute, Tensor? added) => functional.conv2d(
        x, absolute ? magnitude : weight, added, layer.stride, layer.padding!, layer.dilation, layer.groups);

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
}

/// <summary>
/// scale x + shift for each channel, or for everything alike: batch normalisation in evaluation mode.
/// </summary>
/// <param name="scale">[C] or [1].</param>
/// <param name="shift">[C] or [1].</param>
/// <param name="shiftTerms">The sum of the magnitudes of what the shift is summed from.</param>
sealed class ScaleBounds(Tensor scale, Tensor shift, Tensor shiftTerms) : AffineBounds
{
    readonly Tensor magnitude = scale.abs();

    protected override Tensor Bias => shift;

    protected override Tensor BiasMagnitude => shiftTerms;

    protected override long Terms(long[] input) => 8;

    protected override Tensor Map(Tensor x, bool absolute, Tensor? added)
    {
        var scaled = x * OfChannels(absolute ? magnitude : scale, x.dim());
        return added is null ? scaled : scaled + OfChannels(added, x.dim());
    }

    protected override Tensor Transposed(Tensor slope, long[] input) => slope * OfChannels(scale, slope.dim());

    static Tensor OfChannels(Tensor values, long dimensions) =>
        values.numel() == 1 ? values.view(1) : values.view([-1, .. Enumerable.Repeat(1L, (int)dimensions - 2)]);
}

/// <summary>Means of windows.</summary>
/// <param name="pool">The module's forward.</param>
sealed class AveragePoolingBounds(Func<Tensor, Tensor> pool) : AffineBounds
{
    protected override long Terms(long[] input) => input[^1] * input[^2];

    protected override Tensor Map(Tensor x, bool absolute, Tensor? added) => pool(x);

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
    Tensor? magnitude;
    long[] output = [];

    protected override long Terms(long[] input) => input[1..].Aggregate(1L, (product, side) => product * side) + Inside;

    protected override Tensor Map(Tensor x, bool absolute, Tensor? added) =>
        functional.linear(x.flatten(1), absolute ? magnitude! : matrix!).view([-1, .. output]);

    protected override Tensor Transposed(Tensor slope, long[] input) =>
        slope.flatten(1).matmul(matrix!).view([-1, .. input[1..]]);

    /// <summary>A, [outputs of an image, inputs of an image].</summary>
    public override void Learn(Interval input)
    {
        if (matrix is not null)
            return;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var x = input.Lower;
        var columns = module.call(
            eye(x[0].numel(), dtype: ScalarType.Float64, device: x.device).view([-1, .. x.shape[1..]]));
        output = columns.shape[1..];
        matrix = columns.flatten(1).t().to_type(x.dtype).contiguous().MoveToOuterDisposeScope();
        magnitude = matrix.abs().MoveToOuterDisposeScope();
    }
}
