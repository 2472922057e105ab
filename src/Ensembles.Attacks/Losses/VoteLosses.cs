using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The cross-entropy of the true class or, where several classes do not meet the criterion, the log-probability of
/// those that do.
/// </summary>
sealed record CrossEntropyLoss : VoteLoss
{
    public override string Name => "CrossEntropy";

    public override Tensor Value(DefenseEvaluation evaluation)
    {
        var (scores, criterion) = (evaluation.Output.Scores, evaluation.Criterion);
        if (criterion.OnlyOther is { } other)
            return Of(other);
        if (criterion.OnlyTarget is { } target)
            return -Of(target);
        if (criterion.Classes.AnyTrivial)
            return evaluation.Margins(scores);
        var others = evaluation.ForRows(criterion.Others);
        return scores.masked_fill(others, float.NegativeInfinity).logsumexp(1) - scores.logsumexp(1);

        Tensor Of(Tensor classes) =>
            nn.functional.cross_entropy(scores, evaluation.ForRows(classes), reduction: nn.Reduction.None);
    }
}

/// <summary>The margin of the vote's scores, max_{k != y} s_k - s_y [6].</summary>
sealed record MarginLoss : VoteLoss
{
    public override string Name => "Margin";

    public override Tensor Value(DefenseEvaluation evaluation) => evaluation.Margins(evaluation.Output.Scores);
}

/// <summary>-(s_y - max_{k != y} s_k) / (s_(1) - s_(3)), s_(i) the i-th highest (Croce and Hein 2020).</summary>
sealed record DlrLoss : VoteLoss
{
    /// <summary>Keeps a ratio finite where all scores are equal.</summary>
    const double Tiny = 1e-12;

    public override string Name => "Dlr";

    public override Tensor Value(DefenseEvaluation evaluation)
    {
        var scores = evaluation.Output.Scores;
        var margins = evaluation.Margins(scores);
        return scores.size(1) < 3 ? margins : margins / Spread(scores, last: 3);
    }

    /// <summary>
    /// s_(1) - s_(3) or, where the last is the fourth, s_(1) - (s_(3) + s_(4)) / 2 of each row of scores [R, K].
    /// Classes at negative infinity are none: without a fourth the third alone is left, and without a third 1.
    /// </summary>
    internal static Tensor Spread(Tensor scores, int last)
    {
        var highest = scores.topk(last).values;
        var (first, third, fourth) = (highest.select(1, 0), highest.select(1, 2), highest.select(1, last - 1));
        if (!HostMemory.ReadFloats(fourth).Contains(float.NegativeInfinity))
            return first - (last == 3 ? third : (third + fourth) / 2) + Tiny;
        var (hasThird, hasFourth) = (third.isneginf().logical_not(), fourth.isneginf().logical_not());
        third = third.masked_fill(hasThird.logical_not(), 0);
        fourth = where(hasFourth, fourth.masked_fill(hasFourth.logical_not(), 0), third);
        return where(hasThird, first - (third + fourth) / 2 + Tiny, 1f);
    }
}

/// <summary>
/// The targeted ratio, -(s_y - s_t) / (s_(1) - (s_(3) + s_(4)) / 2). Of three classes there is no fourth, and s_(3)
/// alone stands in the mean; of two there is no third: the lead itself.
/// </summary>
/// <param name="Rank">Which target t, 0 for the likeliest on the clean image.</param>
sealed record TargetedDlrLoss(int Rank) : VoteLoss
{
    public override string Name => $"Dlr of target {Rank}";

    public override Tensor Value(DefenseEvaluation evaluation)
    {
        var scores = evaluation.Output.Scores;
        var lead = evaluation.Lead(Rank);
        return scores.size(1) switch
        {
            2 => lead,
            3 => lead / DlrLoss.Spread(scores, last: 3),
            _ => lead / DlrLoss.Spread(scores, last: 4),
        };
    }
}

/// <summary>
/// The lead of one target class over the true one in the vote's scores, s_t - s_y (Gowal et al. 2019).
/// </summary>
/// <param name="Rank">Which target t, 0 for the likeliest on the clean image.</param>
sealed record LeadLoss(int Rank) : VoteLoss
{
    public override string Name => $"Lead of target {Rank}";

    public override Tensor Value(DefenseEvaluation evaluation) => evaluation.Lead(Rank);
}
