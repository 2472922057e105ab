using static TorchSharp.torch;

namespace Ensembles.Numerics;

/// <summary>
/// By how much one class leads the best of the others in logits or scores. Unlike cross-entropy its gradient does not
/// vanish where the softmax saturates.
/// </summary>
/// <remarks>
/// The best other class is found on the host: as a masked maximum it costs more to differentiate than a whole attack
/// step needs besides the network. Where several classes are best, the first of them has the gradient.
/// </remarks>
public static class Margins
{
    /// <summary>
    /// Margins [N] by which the best wrong class leads the true one, max_{k != y} s_k - s_y: positive where the label
    /// is wrong. Differentiable; NaN where a score is not a number.
    /// </summary>
    /// <param name="scores">Logits or scores, float32 [N, K] with K of 2 or more.</param>
    /// <param name="labels">True labels, int64 [N].</param>
    public static Tensor Of(Tensor scores, Tensor labels) => Difference(scores, labels, sign: -1);

    /// <summary>
    /// Leads [N] of one class over all others, s_c - max_{k != c} s_k: positive where the class wins. Differentiable;
    /// NaN where a score is not a number.
    /// </summary>
    /// <param name="scores">Logits or scores, float32 [N, K] with K of 2 or more.</param>
    /// <param name="classes">A class for each row, int64 [N].</param>
    public static Tensor Lead(Tensor scores, Tensor classes) => Difference(scores, classes, sign: 1);

    /// <summary>The margin of one row of scores [K]: max_{k != y} s_k - s_y.</summary>
    public static float Of(ReadOnlySpan<float> scores, int label) => scores[BestOther(scores, label)] - scores[label];

    /// <summary>The lead of one class over the best other one, times 1 or -1.</summary>
    static Tensor Difference(Tensor scores, Tensor classes, float sign)
    {
        var (values, own) = (HostMemory.ReadFloats(scores), HostMemory.ReadLongs(classes));
        var count = (int)scores.size(1);
        var pairs = new long[2 * own.Length];
        for (var row = 0; row < own.Length; row++)
        {
            var best = BestOther(values.AsSpan(row * count, count), (int)own[row]);
            (pairs[2 * row], pairs[2 * row + 1]) = (own[row], best);
        }
        using var index = tensor(pairs, [own.Length, 2], device: scores.device);
        return (scores.gather(1, index) * tensor([sign, -sign], device: scores.device)).sum(1);
    }

    /// <summary>
    /// The class with the highest score but for one; the first NaN where there is any, so that it shows.
    /// </summary>
    static int BestOther(ReadOnlySpan<float> scores, int own)
    {
        var best = own == 0 ? 1 : 0;
        for (var k = best; k < scores.Length; k++)
        {
            if (k == own)
                continue;
            if (float.IsNaN(scores[k]))
                return k;
            if (scores[k] > scores[best])
                best = k;
        }
        return best;
    }
}
