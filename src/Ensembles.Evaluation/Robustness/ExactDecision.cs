using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>A defense's exact decision on images, draw by draw.</summary>
static class ExactDecision
{
    /// <summary>
    /// Decided labels [draw][image], <see cref="Decision.Reject"/> where rejected, in fresh draws from the given seed.
    /// </summary>
    public static long[][] Decide(
        AttackSurface surface, Tensor images, int draws, int seed, EvaluationOptions options)
    {
        var count = (int)images.size(0);
        var labels = Enumerable.Range(0, draws).Select(_ => new long[count]).ToArray();
        random.manual_seed(seed);
        var step = Math.Max(1, options.BatchSize / draws);
        for (var start = 0; start < count; start += step)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var size = Math.Min(step, count - start);
            using var output = surface.Evaluate(images.narrow(0, start, size), draws);
            // Rows are draw-major: row s * size + n is draw s of image n.
            var decided = output.Labels.cpu().data<long>().ToArray();
            for (var draw = 0; draw < draws; draw++)
                Array.Copy(decided, draw * size, labels[draw], start, size);
        }
        return labels;
    }
}
