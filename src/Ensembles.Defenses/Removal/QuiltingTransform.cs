using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Images quilted of patches of clean images (Guo et al. 2018 [13]): each overlapping patch is replaced by one drawn
/// from the K patches of a base that are nearest to it, cut along the seam where it differs least from what lies there
/// (Efros and Freeman 2001).
/// </summary>
/// <remarks>
/// What is no patch of a clean image cannot come through. Patches are laid row by row, for all images at once. The
/// surrogate is the identity (BPDA, Athalye et al. 2018 [1]).
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Guo et al. 2018 [13]",
    UnderAttack = "Falls to attacks that take it for the identity and average over its draws (BPDA and EOT).")]
[Claims<TestTimeRandomness>]
public sealed class QuiltingTransform : InputTransform, INonDifferentiable, IRandomized, ITrainable
{
    readonly Tensor patches;

    /// <summary>Makes a transform whose base is still black.</summary>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="patch">The side of a patch in pixels, 2 or more.</param>
    /// <param name="overlap">Pixels by which neighbours overlap, 1 or more and less than a patch.</param>
    /// <param name="neighbors">K, 1 or more; at 1 nothing is random.</param>
    /// <param name="patchCount">Patches of the base, K or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number outside these.</exception>
    public QuiltingTransform(
        int channels = 1, int patch = 5, int overlap = 2, int neighbors = 10, int patchCount = 5000)
        : base(nameof(QuiltingTransform))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(patch, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(overlap, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(overlap, patch);
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbors, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(patchCount, neighbors);
        (Channels, Patch, Overlap, Neighbors, PatchCount) = (channels, patch, overlap, neighbors, patchCount);
        patches = zeros(patchCount, channels * patch * patch).DetachFromDisposeScope();
        register_buffer(nameof(patches), patches);
        RegisterComponents();
    }

    /// <summary>Channels of the images.</summary>
    public int Channels { get; }

    /// <summary>The side of a patch in pixels.</summary>
    public int Patch { get; }

    /// <summary>Pixels by which neighbours overlap.</summary>
    public int Overlap { get; }

    /// <summary>K, the nearest patches that one is drawn from.</summary>
    public int Neighbors { get; }

    /// <summary>Patches of the base.</summary>
    public int PatchCount { get; }

    /// <inheritdoc/>
    public int EotSamples { get; init; } = 10;

    int Stride => Patch - Overlap;

    /// <summary>The quilts [N, C, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        ImageTraining.ThrowIfOtherChannels(images, Channels);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var wider = Wider(images.detach());
        var quilt = zeros_like(wider);
        for (var top = 0; top + Patch <= wider.size(2); top += Stride)
        {
            for (var left = 0; left + Patch <= wider.size(3); left += Stride)
            {
                using var inner = NewDisposeScope();
                var laid = quilt.narrow(2, top, Patch).narrow(3, left, Patch);
                var chosen = Nearest(wider.narrow(2, top, Patch).narrow(3, left, Patch));
                var difference = (laid - chosen).square().sum(1);
                var covers = ones_like(difference, dtype: ScalarType.Bool);
                if (left > 0)
                    covers = covers.logical_and(BeyondSeam(difference));
                if (top > 0)
                    covers = covers.logical_and(BeyondSeam(difference.transpose(1, 2)).transpose(1, 2));
                laid.copy_(where(covers.unsqueeze(1), chosen, laid));
            }
        }
        return quilt.narrow(2, 0, images.size(2)).narrow(3, 0, images.size(3)).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The identity.</summary>
    public Tensor surrogate(Tensor images) => images.alias();

    /// <summary>Fills the base with patches drawn at random from the images, as many as it holds.</summary>
    /// <remarks>They follow from the seed alone and are drawn in one go; a finished checkpoint is loaded.</remarks>
    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options) =>
        new Trainer(this, options with { Validation = null }) { Stage = "patches" }
            .Fit(training, () => Draw(training, options));

    void Draw(ILabeledImages training, TrainingOptions options)
    {
        using var mode = options.Front is { } behind ? ModuleMode.Keep(behind) : null;
        options.Front?.eval();
        var (numbers, order) = randint(training.Count, [PatchCount]).sort();
        var images = numbers.data<long>().ToArray();
        for (var done = 0; done < PatchCount; done += options.BatchSize)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var count = Math.Min(options.BatchSize, PatchCount - done);
            using var part = training.Select(images.AsSpan(done, count));
            var shown = part.Images.to(patches.device);
            if (options.Front is { } front)
                shown = front.call(shown).clamp(0, 1);
            ImageTraining.ThrowIfOtherChannels(shown, Channels);
            ImageShape.ThrowIfSmaller(shown, Patch, $"a patch has {Patch} pixels a side");
            var all = functional.unfold(shown, (Patch, Patch));
            var places = randint(all.size(2), [count, 1, 1], device: all.device).expand(-1, all.size(1), 1);
            patches.index_copy_(0, order.narrow(0, done, count).to(patches.device), all.gather(2, places).squeeze(2));
        }
    }

    /// <summary>For each patch [N, C, p, p] one of the K nearest of the base.</summary>
    Tensor Nearest(Tensor seen)
    {
        var rows = seen.flatten(1);
        // |a - b|^2 without |a|^2, which is the same for all b.
        var distances = patches.square().sum(1) - (2 * rows.matmul(patches.t()));
        var (_, nearest) = distances.topk(Neighbors, 1, largest: false);
        var drawn = Neighbors == 1
            ? nearest
            : nearest.gather(1, randint(Neighbors, [rows.size(0), 1], device: rows.device));
        return patches.index_select(0, drawn.flatten()).view(seen.shape);
    }

    /// <summary>
    /// Whether a pixel lies on the far side of the seam through the first columns, bool [N, p, p]. The seam goes from
    /// the first row to the last, a column aside at most for each, where the sum of the differences is least.
    /// </summary>
    Tensor BeyondSeam(Tensor difference)
    {
        var columns = arange(Overlap, device: difference.device);
        var costs = difference.narrow(2, 0, Overlap);
        var sums = new List<Tensor> { costs.select(1, 0) };
        for (var row = 1; row < Patch; row++)
        {
            var above = functional.pad(sums[^1], [1, 1], value: double.PositiveInfinity);
            var least = minimum(
                above.narrow(1, 1, Overlap),
                minimum(above.narrow(1, 0, Overlap), above.narrow(1, 2, Overlap)));
            sums.Add(costs.select(1, row) + least);
        }

        var seam = sums[^1].argmin(1, keepdim: true);
        var seams = new List<Tensor> { seam };
        for (var row = Patch - 2; row >= 0; row--)
        {
            var far = (columns - seam).abs().gt(1);
            seam = sums[row].masked_fill(far, double.PositiveInfinity).argmin(1, keepdim: true);
            seams.Add(seam);
        }
        seams.Reverse();
        return arange(Patch, device: difference.device).view(1, 1, -1).ge(stack(seams, 1));
    }

    /// <summary>Images continued to whole patches.</summary>
    Tensor Wider(Tensor images)
    {
        var (height, width) = (Whole(images.size(2)), Whole(images.size(3)));
        var more = (int)Math.Max(height - images.size(2), width - images.size(3));
        return Border.Symmetric.Extend(images, 0, more).narrow(2, 0, height).narrow(3, 0, width);

        long Whole(long side) => Patch + (Math.Max(0, side - Patch + Stride - 1) / Stride * Stride);
    }
}
