using static System.FormattableString;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Whether the decision on an image depends on the images it is shown with, as it does behind batch normalization
/// without running statistics. An attacker's image would then protect or betray its neighbours, and every figure would
/// be one of the batch size.
/// </summary>
static class BatchCheck
{
    /// <summary>Images that are shown in batches of several sizes.</summary>
    const int Images = 24;

    /// <summary>
    /// By what share of the scores' spread rounding may move a score: far more than it does in float32, far less than
    /// other neighbours do.
    /// </summary>
    const double Allowed = 1e-2;

    /// <summary>Runs the check on a defense that draws no random numbers.</summary>
    public static CheckOutcome Run(CheckedDefense defense)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var images = defense.Images.Images.narrow(0, 0, Math.Min(Images, defense.Images.Count));
        var together = Heights(images, (int)images.size(0));
        var spread = together.std(false).clamp(min: 1e-12);
        var worst = new[] { 1, 2, 7 }
            .Select(size => (size, change: ((Heights(images, size) - together).abs().max() / spread).item<double>()))
            .MaxBy(batch => double.IsNaN(batch.change) ? double.MaxValue : batch.change);
        return new CheckOutcome(
            worst.change <= Allowed,
            Invariant($"in batches of {worst.size} in place of {images.size(0)} images the scores differ by ")
            + Invariant($"{worst.change:0.#######} of their spread (at most {Allowed})"));

        // The scores of vote and gates, [n, K + G].
        Tensor Heights(Tensor all, int size)
        {
            var parts = new List<Tensor>();
            for (var start = 0; start < all.size(0); start += size)
            {
                defense.Options.Cancellation.ThrowIfCancellationRequested();
                var output = defense.Surface.Evaluate(all.narrow(0, start, Math.Min(size, all.size(0) - start)), 1);
                parts.Add(cat([output.Scores, output.GateScores.transpose(0, 1)], 1).to_type(ScalarType.Float64));
            }
            return cat(parts).nan_to_num(0, 1e6, -1e6);
        }
    }
}
