using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Stacking (Wolpert 1992, "Stacked generalization"; convex combinations as by Breiman 1996, "Stacked regressions"):
/// the weighted mean of the members' probabilities, log(sum_i w_i p_i), with the weights that explain validation images
/// best.
/// </summary>
/// <remarks>
/// <see cref="Ensemble.FitVote"/> finds the weights; where attacked images are given, those made against each member
/// count as much as the clean ones, so that a member that holds is worth more than one that is right when nobody
/// attacks. Weights declared with the members have no part in it.
/// </remarks>
[
    VoteScript(
        "scores = torch.logsumexp(torch.log_softmax(logits, -1) + torch.view(torch.log(weights), [-1, 1, 1]), [0])",
        Ballot.ArgmaxScript),
]
public sealed class StackedMean : IFittedRule
{
    const int MostRounds = 2000;

    /// <summary>A round that gains less than this in the mean log-likelihood is the last one.</summary>
    const double Converged = 1e-10;

    /// <summary>
    /// The share of the weight that is dealt out evenly: no member ends without, since an ensemble with the others left
    /// out votes by what remains.
    /// </summary>
    const double Even = 1e-3;

    /// <inheritdoc/>
    public static int Numbers => 0;

    /// <summary>
    /// The weights that minimise the cross-entropy, the mean of -log sum_i w_i p_i(y) over all images, clean and
    /// attacked. It is convex in them, and w_i &lt;- w_i mean p_i(y) / sum_j w_j p_j(y) lowers it in every round.
    /// </summary>
    /// <inheritdoc/>
    public static Tensor Fit(ValidationVotes votes)
    {
        using var scope = NewDisposeScope();
        var own = votes.Labels.view(1, -1, 1).expand(votes.Clean.size(0), -1, 1);
        // log p_i(y), [M, all images]
        var likelihood = cat(
            [.. votes.Attacked.Prepend(votes.Clean).Select(z => z.log_softmax(-1).gather(2, own).squeeze(2))], 1);
        if (!likelihood.isfinite().all().item<bool>())
            throw new ArgumentException(
                "A member gave a logit that is not finite on a validation image.", nameof(votes));
        var weights = full(likelihood.size(0), 1.0 / likelihood.size(0), dtype: ScalarType.Float64).log();
        var before = double.NegativeInfinity;
        for (var round = 0; round < MostRounds; round++)
        {
            using var inner = NewDisposeScope();
            var joint = likelihood + weights.unsqueeze(1);
            var whole = joint.logsumexp(0);
            var now = whole.mean().item<double>();
            if (now - before < Converged)
                break;
            before = now;
            weights = ((joint - whole).logsumexp(1) - Math.Log(likelihood.size(1))).MoveToOuterDisposeScope();
        }

        return ((1 - Even) * weights.softmax(0) + Even / likelihood.size(0)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) => WeightedMean.Scores(ballot);

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => WeightedMean.Labels(ballot, scores);

    /// <inheritdoc/>
    public static bool MayReject => false;

    /// <inheritdoc/>
    public static Tensor SurrogateScores(Ballot ballot) => WeightedMean.SurrogateScores(ballot);

    /// <inheritdoc/>
    public static Tensor? Settled(Ballot soFar, int remaining) => WeightedMean.Settled(soFar, remaining);

    /// <inheritdoc/>
    public static Tensor? Proven(BallotBounds bounds) => WeightedMean.Proven(bounds);
}
