using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Decides on images in the host's memory slice by slice, so that a large batch takes no more memory than a slice does.
/// To a GPU they go through page-locked memory, from which it copies by itself while the host goes on: while it decides
/// on one slice, the host prepares the next, and only then waits.
/// </summary>
static class HostImages
{
    /// <summary>About as many bytes of images are on their way at once.</summary>
    const long BytesAtOnce = 32 << 20;

    /// <summary>How many images of a shape make one slice.</summary>
    public static long AtOnce(IEnumerable<long> imageShape) =>
        Math.Max(1, BytesAtOnce / sizeof(float) / imageShape.Aggregate(1L, (pixels, size) => pixels * size));

    /// <summary>The decision on each image, in the host's memory.</summary>
    /// <param name="images">Float32 [N, C, H, W] with N at least 1, checked.</param>
    /// <param name="device">Where the plan is.</param>
    /// <param name="atOnce">The most images on the device at once.</param>
    /// <param name="decide">The plan, for images on its device; it waits for nothing.</param>
    public static Decision Decide(Tensor images, Device device, long atOnce, Func<Tensor, Decision> decide)
    {
        var parts = new List<Decision>();
        var count = images.size(0);
        var next = Staged(0);
        for (var end = Math.Min(atOnce, count); next is not null; end += atOnce)
        {
            using var scope = NewDisposeScope();
            // Page-locked memory is used again only when the copy from it is through: torch sees to that.
            using var staged = next;
            var decision = decide(staged.to(device, non_blocking: true));
            next = Staged(end);
            parts.Add(Downloaded(decision).MoveToOuterDisposeScope());
        }

        return parts is [var only] ? only : Joined(parts);

        Tensor? Staged(long start)
        {
            if (start >= count)
                return null;
            using var slice = images.narrow(0, start, Math.Min(atOnce, count - start));
            return (device.type == DeviceType.CUDA ? slice.pin_memory() : slice.alias()).DetachFromDisposeScope();
        }
    }

    /// <summary>
    /// The labels are copied last, and waited for: what was put in the GPU's queue before them is there by then.
    /// </summary>
    static Decision Downloaded(Decision decision)
    {
        var (scores, logits, gateScores) = (
            Begun(decision.Scores), Begun(decision.MemberLogits), Begun(decision.GateScores));
        return new(scores, decision.Labels.cpu(), logits, gateScores);
    }

    static Tensor Begun(Tensor tensor) => tensor.to(CPU, non_blocking: true);

    /// <summary>The decisions on one batch from those on its parts, which are disposed.</summary>
    public static Decision Joined(List<Decision> parts)
    {
        var joined = new Decision(
            cat([.. parts.Select(part => part.Scores)]),
            cat([.. parts.Select(part => part.Labels)]),
            cat([.. parts.Select(part => part.MemberLogits)], 1),
            cat([.. parts.Select(part => part.GateScores)], 1));
        parts.ForEach(part => part.Dispose());
        return joined;
    }
}
