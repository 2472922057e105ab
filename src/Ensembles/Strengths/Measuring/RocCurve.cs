using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>The receiver operating characteristic of a score.</summary>
public static class RocCurve
{
    /// <summary>
    /// The area under the curve of a detector's score between positive and negative images; NaN without either.
    /// </summary>
    public static double Area(Module<Tensor, Tensor> detector, Tensor positives, Tensor negatives) =>
        positives.size(0) == 0 || negatives.size(0) == 0
            ? double.NaN
            : Area(Scores(detector, positives), Scores(detector, negatives));

    /// <summary>
    /// P(positive above negative) + P(equal) / 2 over all pairs (Mann and Whitney). A score that is not a number is the
    /// most suspicious one, as it is for a gate.
    /// </summary>
    public static double Area(IReadOnlyList<float> positives, IReadOnlyList<float> negatives)
    {
        var sorted = negatives.Select(Suspicion).Order().ToArray();
        var wins = 0.0;
        foreach (var score in positives.Select(Suspicion))
            wins += (CountBelow(sorted, score, orEqual: false) + CountBelow(sorted, score, orEqual: true)) / 2.0;
        return wins / positives.Count / sorted.Length;
    }

    static float Suspicion(float score) => float.IsNaN(score) ? float.PositiveInfinity : score;

    static int CountBelow(float[] sorted, float score, bool orEqual)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] < score || (orEqual && sorted[middle] == score))
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    static float[] Scores(Module<Tensor, Tensor> detector, Tensor images)
    {
        using var scope = NewDisposeScope();
        return InBatches.Output(detector, images).to_type(ScalarType.Float32).cpu().data<float>().ToArray();
    }
}
