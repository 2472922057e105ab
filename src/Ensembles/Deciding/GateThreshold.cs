using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A gate's threshold: an image is rejected when its score is above it, or is not a number.</summary>
public static class GateThreshold
{
    const int CalibrationBatch = 128;

    /// <summary>A threshold, float32 [1], that is not calibrated yet.</summary>
    public static Tensor Uncalibrated() => tensor([float.NaN]);

    /// <summary>
    /// The smallest clean score with at most a share <paramref name="falsePositiveRate"/> of the clean scores above it:
    /// sorted ascending, the one at index ceil(n (1 - rate)) - 1.
    /// </summary>
    /// <param name="cleanScores">Scores [N] of clean validation images, never of test images.</param>
    /// <param name="falsePositiveRate">In (0, 1).</param>
    /// <exception cref="ArgumentException">No scores, or a score that is not a number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A rate outside (0, 1).</exception>
    public static float Calibrate(Tensor cleanScores, double falsePositiveRate)
    {
        if (falsePositiveRate is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(falsePositiveRate), falsePositiveRate, "A false positive rate lies in (0, 1).");
        using var scope = NewDisposeScope();
        var flat = cleanScores.detach().to_type(ScalarType.Float32).cpu().flatten();
        var sorted = flat.data<float>().ToArray();
        if (sorted.Length == 0)
            throw new ArgumentException(
                "Calibrating a gate needs clean validation images; there were none.", nameof(cleanScores));
        if (sorted.Any(float.IsNaN))
            throw new ArgumentException(
                "The detector gave a score that is not a number on a clean validation image.", nameof(cleanScores));

        Array.Sort(sorted);
        // The tolerance keeps n (1 - rate), which is rarely exact in binary, from rounding up to the next image.
        var index = (int)Math.Ceiling(sorted.Length * (1 - falsePositiveRate) - 1e-9) - 1;
        return sorted[Math.Max(index, 0)];
    }

    /// <summary>
    /// Sets a gate's <paramref name="threshold"/> in place from its scores on clean images. The gate runs in evaluation
    /// mode, without gradients and batch by batch; afterwards each of its modules has the mode it had.
    /// </summary>
    /// <param name="threshold">The gate's threshold, float32 [1].</param>
    /// <param name="gate">Images [N, C, H, W] to scores [N].</param>
    /// <param name="validationImages">Clean images [N, C, H, W] used neither in training nor in a test.</param>
    /// <param name="falsePositiveRate">The share of clean images the gate may reject, in (0, 1).</param>
    /// <param name="fronts">What the gate sees the images through, one after the other; null for nothing.</param>
    /// <exception cref="ArgumentException">
    /// No images, fewer than the rate can be set on, images outside [0, 1] or of a wrong shape or type, images that the
    /// gate was fitted to, or a score that is not a number.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A rate outside (0, 1).</exception>
    public static void Calibrate(
        Tensor threshold, Module<Tensor, Tensor> gate, Tensor validationImages, double falsePositiveRate,
        IReadOnlyList<Named<InputTransform>>? fronts = null)
    {
        ImageChecks.ThrowIfNotImages(validationImages);
        if (validationImages.size(0) == 0)
            throw new ArgumentException(
                "Calibrating a gate needs clean validation images; there were none.", nameof(validationImages));
        ThrowIfTooFew(validationImages.size(0), falsePositiveRate);
        FittedImages.ThrowIfAmong(
            gate.modules().Prepend(gate), validationImages, "validation images",
            "On images that it knows a gate scores lower: set its threshold on images it was not trained on.");

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Module<Tensor, Tensor>[] asked = [.. fronts?.Select(front => front.Module) ?? [], gate];
        var modes = Array.ConvertAll(asked, ModuleMode.Keep);
        try
        {
            foreach (var module in asked)
                module.eval();
            var scores = new List<Tensor>();
            for (long start = 0; start < validationImages.size(0); start += CalibrationBatch)
                scores.Add(ScoreBatch(asked, validationImages, start));
            threshold.fill_(Calibrate(cat(scores), falsePositiveRate));
            CalibrationImages.Remember(gate, validationImages);
        }
        finally
        {
            foreach (var mode in modes)
                mode.Dispose();
        }
    }

    /// <summary>
    /// Throws where not even one of the images may be rejected at the rate: the largest score of n images is passed by
    /// one clean image in n + 1, which is more often than stated.
    /// </summary>
    static void ThrowIfTooFew(long count, double falsePositiveRate)
    {
        if (falsePositiveRate is not (> 0 and < 1) || count * falsePositiveRate >= 1 - 1e-9)
            return;
        var needed = (long)Math.Ceiling(1 / falsePositiveRate - 1e-9);
        throw new ArgumentException(
            FormattableString.Invariant($"A false positive rate of {falsePositiveRate} is set on at least {needed} ")
            + $"clean validation images, of which one may be rejected; there are {count}. Give more of them, or "
            + "state a higher rate.",
            "validationImages");
    }

    static Tensor ScoreBatch(Module<Tensor, Tensor>[] asked, Tensor images, long start)
    {
        using var scope = NewDisposeScope();
        // A copy, since a forward may work in place.
        var batch = images.narrow(0, start, Math.Min(CalibrationBatch, images.size(0) - start)).clone();
        return asked.Aggregate(batch, (seen, module) => module.call(seen)).MoveToOuterDisposeScope();
    }

    /// <summary>Where a score rejects, bool: it is not at most its threshold, or not a number.</summary>
    /// <param name="scores">Scores of one gate, [N], or of G gates, [G, N].</param>
    /// <param name="thresholds">The threshold, [1], or the gates' thresholds, [G, 1].</param>
    public static Tensor Rejects(Tensor scores, Tensor thresholds)
    {
        using var accepted = scores.le(thresholds);
        return accepted.logical_not();
    }

    /// <summary>
    /// The <paramref name="labels"/> [N] with <see cref="Decision.Reject"/> where the gate's <paramref name="score"/>
    /// [N] rejects under its <paramref name="threshold"/> [1].
    /// </summary>
    public static Tensor Apply(Tensor labels, Tensor score, Tensor threshold)
    {
        using var rejected = Rejects(score, threshold);
        return labels.masked_fill(rejected, Constant.Of(Decision.Reject));
    }

    /// <summary>Throws unless the threshold of the gate named has been calibrated.</summary>
    /// <exception cref="InvalidOperationException">The threshold is not a number.</exception>
    public static void ThrowIfUncalibrated(Tensor threshold, string gate)
    {
        using var scope = NewDisposeScope();
        if (threshold.isnan().any().item<bool>())
            throw new InvalidOperationException(
                $"The gate {gate} has no threshold yet: call CalibrateGates(validationImages) after training, or load "
                    + "a calibrated ensemble.");
    }
}
