namespace Ensembles.Attacks;

/// <summary>
/// Whether decisions are further from a tie than rounding reaches. Closer to it the order in which a kernel adds
/// decides them, and the same image may be decided otherwise in a batch of another size.
/// </summary>
static class SureDecisions
{
    /// <summary>
    /// The smallest lead of a sure class, as a share of the largest score of its row: some three hundred roundings of
    /// float32.
    /// </summary>
    public const float Least = 2e-5f;

    /// <summary>
    /// For each row of an evaluation whether its label leads, or trails where a rule does not go by the scores, each
    /// member's class leads where there are several, and each gate's score lies off its threshold, by enough.
    /// </summary>
    public static bool[] Of(SurfaceOutput output)
    {
        var labels = HostMemory.ReadLongs(output.Labels);
        var (scores, classes) = (HostMemory.ReadFloats(output.Scores), (int)output.Scores.size(1));
        var sure = new bool[labels.Length];
        for (var row = 0; row < sure.Length; row++)
        {
            var label = (int)labels[row];
            sure[row] = label == Decision.Reject || IsSure(scores.AsSpan(row * classes, classes), label);
        }
        if (output.MemberLogits.size(0) > 1)
            RequireMembers(HostMemory.ReadFloats(output.MemberLogits), classes, sure);
        if (output.GateScores.size(0) > 0)
            RequireGates(output, sure);
        return sure;
    }

    static void RequireMembers(ReadOnlySpan<float> logits, int classes, bool[] sure)
    {
        for (var place = 0; place < logits.Length / classes; place++)
        {
            var row = place % sure.Length;
            var ofRow = logits.Slice(place * classes, classes);
            sure[row] = sure[row] && IsSure(ofRow, Highest(ofRow, but: -1));
        }
    }

    static void RequireGates(SurfaceOutput output, bool[] sure)
    {
        var thresholds = HostMemory.ReadFloats(output.GateThresholds);
        var scores = HostMemory.ReadFloats(output.GateScores);
        for (var place = 0; place < scores.Length; place++)
        {
            var (gate, row) = Math.DivRem(place, sure.Length);
            var (score, threshold) = (scores[place], thresholds[gate]);
            var scale = MathF.Max(MathF.Abs(score), MathF.Abs(threshold));
            sure[row] = sure[row] && MathF.Abs(score - threshold) >= Least * scale;
        }
    }

    /// <summary>Whether a class leads the best other one, or trails it, by enough; NaN never does.</summary>
    static bool IsSure(ReadOnlySpan<float> scores, int label)
    {
        var lead = scores[label] - scores[Highest(scores, but: label)];
        var scale = 0f;
        foreach (var score in scores)
        {
            if (float.IsFinite(score))
                scale = MathF.Max(scale, MathF.Abs(score));
        }
        return MathF.Abs(lead) >= Least * scale && lead != 0;
    }

    static int Highest(ReadOnlySpan<float> scores, int but)
    {
        var best = but == 0 ? 1 : 0;
        for (var k = best + 1; k < scores.Length; k++)
        {
            if (k != but && scores[k] > scores[best])
                best = k;
        }
        return best;
    }
}
