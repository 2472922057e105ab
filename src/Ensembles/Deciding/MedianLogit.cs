using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The median of the members' logits, class by class; for an even number of members the mean of the two middle ones.
/// </summary>
[VoteScript(
    """
    ordered, order = torch.sort(logits, 0)
    median = (torch.select(ordered, 0, (members - 1) // 2) + torch.select(ordered, 0, members // 2)) / 2
    scores = torch.masked_fill(median, torch.any(torch.ne(logits, logits), 0), float("nan"))
    """,
    Ballot.ArgmaxScript)]
public sealed class MedianLogit : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot)
    {
        var median = Middle(ballot.MemberLogits);
        // Sorting puts NaN last, as if it were the highest logit.
        return median.masked_fill(ballot.MemberLogits.isnan().any(0), Constant.Of(float.NaN));
    }

    /// <summary>The median of each class, [N, K], of numbers [M, N, K].</summary>
    static Tensor Middle(Tensor logits)
    {
        var members = logits.size(0);
        var (sorted, _) = logits.sort(0);
        return (sorted[(members - 1) / 2] + sorted[members / 2]).div(Constant.Of(2));
    }

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

    /// <inheritdoc/>
    public static bool MayReject => false;

    /// <inheritdoc/>
    /// <remarks>
    /// The median's own subgradient reaches one or two members; the attack's member margins push the others.
    /// </remarks>
    public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);

    /// <inheritdoc/>
    public static Tensor? Proven(BallotBounds bounds) =>
        bounds.LeadsAll(Within(bounds).Differences, bounds.Rounding);

    /// <inheritdoc/>
    public static LogitBounds? LogitsWithin(BallotBounds bounds) => Within(bounds);

    /// <summary>
    /// A median rises with every logit, so it lies between the medians of the bounds; and where every member has y
    /// above k, so has the median.
    /// </summary>
    static LogitBounds Within(BallotBounds bounds)
    {
        var (lower, upper) = (Middle(bounds.Lower), Middle(bounds.Upper));
        return LogitBounds.OfWinner(
            lower, upper, maximum(bounds.OwnAbove(lower, upper), bounds.Differences.amin([0])));
    }
}
