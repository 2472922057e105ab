using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// A small autoregressive model of images: P(x) is the product of P(x_i | pixels before x_i) in raster order, channel
/// by channel, over L grey levels. It looks r pixels up, left and right, as a convolution masked to what comes before
/// and followed by 1x1 layers does (after PixelCNN of van den Oord et al. 2016).
/// </summary>
sealed class CausalPixelModel : Module
{
    readonly Linear context;
    readonly Linear own;
    readonly Linear middle;
    readonly Linear output;

    public CausalPixelModel(int channels, int levels, int reach, int width) : base(nameof(CausalPixelModel))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (levels is < 2 or > 256)
            throw new ArgumentOutOfRangeException(nameof(levels), levels, "There are 2 to 256 grey levels.");
        ArgumentOutOfRangeException.ThrowIfLessThan(reach, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Channels, Levels, Reach) = (channels, levels, reach);
        // Beside the pixels before stands which of them lie inside the image.
        context = Linear((channels + 1) * Before, width);
        // The channels of the pixel that are known already, and which is next.
        own = Linear(2 * channels, width, hasBias: false);
        middle = Linear(width, width);
        output = Linear(width, levels);
        RegisterComponents();
    }

    public int Channels { get; }

    /// <summary>L, at k / (L - 1).</summary>
    public int Levels { get; }

    /// <summary>r.</summary>
    public int Reach { get; }

    /// <summary>Pixels before one that it looks at.</summary>
    int Before => (Reach * ((2 * Reach) + 1)) + Reach;

    /// <summary>
    /// log P(x) of images [N, C, H, W], in nats for each pixel and channel, [N]. Between two levels it goes from the
    /// one logarithm to the other, so that it has a gradient.
    /// </summary>
    public Tensor LogLikelihood(Tensor images)
    {
        using var scope = NewDisposeScope();
        var total = zeros(images.size(0), device: images.device);
        for (var channel = 0; channel < Channels; channel++)
        {
            var place = images.narrow(1, channel, 1).flatten(1).unsqueeze(2) * (Levels - 1);
            var below = place.detach().floor().clamp(0, Levels - 2);
            var share = place - below;
            var index = below.to_type(ScalarType.Int64);
            var all = Logits(images, channel).log_softmax(2);
            var log = ((1 - share) * all.gather(2, index)) + (share * all.gather(2, index + 1));
            total = total + log.flatten(1).mean([1]);
        }

        return (total / Channels).MoveToOuterDisposeScope();
    }

    /// <summary>Logits of a channel of each pixel given those before, [N, H W, L], of images [N, C, H, W].</summary>
    public Tensor Logits(Tensor images, int channel)
    {
        using var scope = NewDisposeScope();
        var windows = functional.unfold(Extended(images), (Reach + 1, (2 * Reach) + 1))
            .unflatten(1, [Channels + 1, -1]).narrow(2, 0, Before)
            .permute(0, 3, 1, 2).flatten(2);
        var pixels = images.flatten(2).transpose(1, 2);
        return Logits(context.call(windows), pixels, channel).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Images where each pixel, in raster order, became its most likely level within epsilon, given those before that
    /// have become so already; it stays where no level is as near.
    /// </summary>
    /// <remarks>
    /// A pixel waits for those up to r columns further in the row above, so pixel (i, j) has its turn at j + (r + 1) i:
    /// many rows at once give what one pixel after the other would.
    /// </remarks>
    public Tensor Greedy(Tensor images, double epsilon)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (count, height, width) = (images.size(0), (int)images.size(2), (int)images.size(3));
        var values = arange(Levels, dtype: images.dtype, device: images.device) / (Levels - 1);
        var extended = Extended(images.detach());
        var (stride, plane) = (width + (2 * Reach), (height + Reach) * (width + (2 * Reach)));
        var flat = extended.flatten(1);
        for (var turn = 0; turn < width + ((Reach + 1) * (height - 1)); turn++)
        {
            using var inner = NewDisposeScope();
            int[] places =
            [
                .. Enumerable.Range(0, height).Where(i => turn - ((Reach + 1) * i) is var j && j >= 0 && j < width)
                    .Select(i => ((i + Reach) * stride) + turn - ((Reach + 1) * i) + Reach),
            ];
            var before = tensor([.. places.SelectMany(Window)], device: images.device);
            var windows = flat.index_select(1, before).view(count * places.Length, before.size(0) / places.Length);
            var seen = context.call(windows);
            for (var channel = 0; channel < Channels; channel++)
            {
                var own = tensor(
                    [.. places.SelectMany(p => Enumerable.Range(0, Channels).Select(c => (long)(p + (c * plane))))],
                    device: images.device);
                var pixels = flat.index_select(1, own).view(count * places.Length, Channels);
                var now = pixels.narrow(1, channel, 1);
                var near = values.ge(now - epsilon).logical_and(values.le(now + epsilon));
                var best = Logits(seen, pixels, channel).masked_fill(near.logical_not(), double.NegativeInfinity)
                    .argmax(1);
                var chosen = where(near.any(1), values.index_select(0, best), now.squeeze(1));
                var target = tensor(
                    [.. places.Select(p => (long)(p + (channel * plane)))], device: images.device);
                flat.index_copy_(1, target, chosen.view(count, places.Length));
            }
        }

        return extended.narrow(1, 0, Channels).narrow(2, Reach, height).narrow(3, Reach, width).contiguous()
            .MoveToOuterDisposeScope();

        IEnumerable<long> Window(int place) =>
            from channel in Enumerable.Range(0, Channels + 1)
            from k in Enumerable.Range(0, Before)
            let side = (2 * Reach) + 1
            select (long)((channel * plane) + place + (((k / side) - Reach) * stride) + (k % side) - Reach);
    }

    /// <summary>Images with a plane of ones beside their channels, continued by zeros above, left and right.</summary>
    Tensor Extended(Tensor images) => functional.pad(
        cat([images, ones_like(images.narrow(1, 0, 1))], 1), [Reach, Reach, Reach, 0]);

    /// <summary>Logits [..., L] of a channel of pixels [..., C], of which the channels before are known.</summary>
    Tensor Logits(Tensor seen, Tensor pixels, int channel)
    {
        var known = pixels.narrow(-1, 0, channel);
        var rest = zeros_like(pixels.narrow(-1, channel, Channels - channel));
        var next = zeros_like(pixels).index_fill_(-1, tensor([(long)channel], device: pixels.device), 1);
        var hidden = functional.relu(seen + own.call(cat([known, rest, next], -1)));
        return output.call(functional.relu(middle.call(hidden)));
    }
}
