using static System.FormattableString;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Whether the decision on an image depends on the images it is shown with, as it does behind batch normalization
/// without running statistics. An attacker's image would then protect or betray its neighbours, and every figure would
/// be one of the batch size.
/// </summary>
/// <remarks>
/// With other neighbours at the same place of a batch of the same size the arithmetic is the same, and so must the
/// scores be. In batches of another size sums are rounded otherwise, which behind a hard threshold turns a pixel of an
/// image now and then; there it takes most images to tell.
/// </remarks>
static class BatchCheck
{
    /// <summary>Images that are shown with other neighbours, and in batches of several sizes.</summary>
    const int Images = 24;

    /// <summary>
    /// By what share of the scores' spread rounding may move a score: far more than it does in float32, far less than
    /// other neighbours do.
    /// </summary>
    const double Allowed = 1e-2;

    /// <summary>The share of images that rounding may turn behind a hard threshold.</summary>
    const double Turned = 0.25;

    /// <summary>Runs the check on a defense that draws no random numbers.</summary>
    public static CheckOutcome Run(CheckedDefense defense)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var images = defense.Images.Images.narrow(0, 0, Math.Min(Images, defense.Images.Count));
        var count = (int)images.size(0);
        var together = Heights(images, count);
        var spread = together.std(false).clamp(min: 1e-12);

        // Half of the images change, and the scores of the other half are compared.
        double Beside(int changed)
        {
            if (count < 2)
                return 0;
            long[] mixed = [.. Enumerable.Range(0, count).Select(i => (long)(i % 2 == changed ? (i + 3) % count : i))];
            long[] kept = [.. Enumerable.Range(0, count).Where(i => i % 2 != changed).Select(i => (long)i)];
            var change = Heights(images.index_select(0, tensor(mixed, device: images.device)), count) - together;
            return Largest(change.index_select(0, tensor(kept, device: images.device)).abs().max() / spread);
        }

        var neighbours = Math.Max(Beside(0), Beside(1));
        if (neighbours > Allowed)
            return new CheckOutcome(false, Invariant($"with other images beside them in the batch the scores of ")
                + Invariant($"images differ by {neighbours:0.#######} of their spread (at most {Allowed})"));
        var worst = new[] { 1, 2, 7, Math.Max(defense.Options.BatchSize, count + 1) }
            .Select(size =>
            {
                var changes = (Heights(images, size) - together).abs().amax([1]) / spread;
                return (size, change: Largest(changes.max()), turned: (int)changes.gt(Allowed).sum().item<long>());
            })
            .MaxBy(batch => batch.change);
        return new CheckOutcome(
            worst.turned <= Turned * count,
            Invariant($"in batches of {worst.size} in place of {count} images the scores differ by ")
            + Invariant($"{worst.change:0.#######} of their spread")
            + (worst.change <= Allowed
                ? Invariant($" (at most {Allowed})")
                : $", of {Wording.Count(worst.turned, "image")} by more than rounding moves them without a threshold"));

        // The scores of vote and gates, [n, K + G]. A batch of more images has the same ones again.
        Tensor Heights(Tensor all, int size)
        {
            var parts = new List<Tensor>();
            long[] again = [.. Enumerable.Range(0, Math.Max(size, count)).Select(i => (long)(i % count))];
            var shown = size <= count ? all : all.index_select(0, tensor(again, device: all.device));
            for (var start = 0; start < count; start += size)
            {
                defense.Options.Cancellation.ThrowIfCancellationRequested();
                var output = defense.Surface.Evaluate(shown.narrow(0, start, Math.Min(size, shown.size(0) - start)), 1);
                parts.Add(cat([output.Scores, output.GateScores.transpose(0, 1)], 1).to_type(ScalarType.Float64));
            }
            return cat(parts).narrow(0, 0, count).nan_to_num(0, 1e6, -1e6);
        }
    }

    static double Largest(Tensor change) =>
        double.IsNaN(change.item<double>()) ? double.MaxValue : change.item<double>();
}
