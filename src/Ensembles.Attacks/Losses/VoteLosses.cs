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
    internal const double Tiny = 1e-12;

    public override string Name => "Dlr";

    public override Tensor Value(DefenseEvaluation evaluation)
    {
        var scores = evaluation.Output.Scores;
        var margins = evaluation.Margins(scores);
        return scores.size(1) < 3 ? margins : margins / (Highest(scores, 1) - Highest(scores, 3) + Tiny);
    }

    /// <summary>The highest, second highest, ... of each row of scores [R, K].</summary>
    internal static Tensor Highest(Tensor scores, int place) => scores.topk(place).values.select(1, place - 1);
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
            3 => lead / (Highest(1) - Highest(3) + DlrLoss.Tiny),
            _ => lead / (Highest(1) - (Highest(3) + Highest(4)) / 2 + DlrLoss.Tiny),
        };

        Tensor Highest(int place) => DlrLoss.Highest(scores, place);
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
