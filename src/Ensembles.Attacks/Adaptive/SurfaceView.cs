using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// One evaluation of the attack surface seen with the true labels: S draws of N images, R = S N rows, draw-major.
/// </summary>
/// <param name="Output">What the surface returned.</param>
/// <param name="Labels">True labels, int64 [N].</param>
/// <param name="WrongClasses">For each image its K - 1 wrong classes, int64 [N, K - 1], the likeliest on the clean image first.</param>
/// <param name="Draws">S.</param>
sealed record SurfaceView(SurfaceOutput Output, Tensor Labels, Tensor WrongClasses, int Draws)
{
    /// <summary>True labels of the rows, [R].</summary>
    public Tensor RowLabels => Draws == 1 ? Labels.alias() : Labels.repeat(Draws);

    /// <summary>M, the number of members.</summary>
    public int Members => (int)Output.MemberLogits.size(0);

    /// <summary>G, the number of gates.</summary>
    public int Gates => (int)Output.GateScores.size(0);

    /// <summary>Margins [R] by which the best wrong class leads the true one in scores [R, K]: max_{k != y} s_k - s_y.</summary>
    public Tensor Margins(Tensor scores) => Apart(scores, RowLabels, sign: -1);

    /// <summary>The same with a soft maximum, [R]: log sum_{k != y} exp s_k - s_y.</summary>
    public Tensor SoftMargins(Tensor scores)
    {
        var index = RowLabels.unsqueeze(1);
        var others = scores.scatter(1, index, full_like(index, float.NegativeInfinity, dtype: ScalarType.Float32));
        return others.logsumexp(1) - scores.gather(1, index).squeeze(1);
    }

    /// <summary>Margins [R] by which one class leads all others: s_c - max_{k != c} s_k.</summary>
    public static Tensor Lead(Tensor scores, Tensor classes) => Apart(scores, classes, sign: 1);

    /// <summary>The lead of one class over the best other one, times 1 or -1.</summary>
    /// <remarks>The best other class is found on the host: as a masked maximum it costs more to differentiate than a whole step needs besides the network.</remarks>
    static Tensor Apart(Tensor scores, Tensor classes, float sign)
    {
        var (values, own) = (HostMemory.ReadFloats(scores), HostMemory.ReadLongs(classes));
        var count = (int)scores.size(1);
        var pairs = new long[2 * own.Length];
        for (var row = 0; row < own.Length; row++)
            (pairs[2 * row], pairs[2 * row + 1]) = (own[row], BestOther(values.AsSpan(row * count, count), (int)own[row]));
        using var index = tensor(pairs, [own.Length, 2], device: scores.device);
        return (scores.gather(1, index) * tensor([sign, -sign], device: scores.device)).sum(1);
    }

    /// <summary>The margin of one row of scores [K]: max_{k != y} s_k - s_y.</summary>
    public static float Margin(ReadOnlySpan<float> scores, int label) => scores[BestOther(scores, label)] - scores[label];

    /// <summary>The class with the highest score but for one; the first NaN where there is any, so that it shows.</summary>
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

    /// <summary>The lead [R] of the wrong class of that rank over the true one in the vote's scores, s_k - s_y.</summary>
    public Tensor Lead(int rank) => Of(WrongClasses.select(1, rank).repeat(Draws)) - Of(RowLabels);

    /// <summary>By how much each gate's score is above its threshold, [G, R].</summary>
    public Tensor GateExcess() => Output.GateScores - Output.GateThresholds.unsqueeze(1);

    /// <summary>Rows [R] that every gate lets pass.</summary>
    public Tensor Passed() => GateExcess().detach().le(0).all(0);

    /// <summary>
    /// Rows [R] whose vote is wrong: decided by the label where the gates let it show, by the surrogate scores where a gate hides it.
    /// </summary>
    public Tensor VoteIsWrong()
    {
        var labels = Output.Labels;
        var accepted = labels.ne(Decision.Reject).logical_and(labels.ne(RowLabels));
        var hidden = Passed().logical_not().logical_and(Margins(Output.Scores).detach().gt(0));
        return accepted.logical_or(hidden);
    }

    /// <summary>For conditions on rows, [..., R], whether a majority of each image's draws meets them, [..., N].</summary>
    public Tensor Often(Tensor rows)
    {
        long[] shape = [.. rows.shape[..^1], Draws, rows.shape[^1] / Draws];
        return rows.to_type(ScalarType.Float32).view(shape).mean([-2]).gt(0.5);
    }

    /// <summary>The vote's scores [R] of one class for each row.</summary>
    Tensor Of(Tensor classes) => Output.Scores.gather(1, classes.unsqueeze(1)).squeeze(1);

    /// <summary>Means [N] over the draws of values [R].</summary>
    public Tensor MeanOverDraws(Tensor values) => values.view(Draws, -1).mean([0]);
}
