using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Model reweighing, made for ensembles (MORA, Yu et al. 2022): restarts mix the vote with members weighted by what the
/// decision owes to each, in the shares 1/2, 0, 1/4, 3/4 and 1, in turn.
/// </summary>
sealed record ReweighedMembersLoss : AttackLoss
{
    static readonly double[] shares = [0.5, 0, 0.25, 0.75, 1];

    public override string Name => "ReweighedMembers";

    public override RestartLoss ForRestart(AttackSurface surface, Criterion criterion, int restart)
    {
        var gates = surface.RejectingGates;
        if (!criterion.IsMetByRejection)
            return AgainstVote(surface, restart) with { PassGates = gates > 0 };
        var (round, place) = Math.DivRem(restart, gates + 1);
        return place == 0 ? AgainstVote(surface, round) : new() { RaiseGate = place - 1 };
    }

    static RestartLoss AgainstVote(AttackSurface surface, int restart) => new()
    {
        Vote = new ReweighedMembers(shares[restart % shares.Length]),
        InnerGates = AdaptiveLoss.Against(surface, restart, shares.Length),
    };
}

/// <summary>
/// The soft margin of (1 - s) z / g + s sum_m w_m z_m / sum_m w_m, with z the vote's scores, g their highest less the
/// second, and z_m the members' logits, divided so that no margin is above ten.
/// </summary>
/// <remarks>
/// w_m = p_k (p_y / P_y + (1 - p_k) / P_k), with p the member's probabilities of the divided logits, P their mean over
/// the members, y the true class and k the strongest other one in the mean: how fast log P_k - log P_y rises with the
/// member's margin. It is 0 for members that meet the criterion already, unless all do.
/// </remarks>
/// <param name="Share">s, the members' share, in [0, 1].</param>
sealed record ReweighedMembers(double Share) : VoteLoss
{
    const double LargestMargin = 10;

    const double Tiny = 1e-8;

    public override string Name => $"ReweighedMembers of {Share}";

    public override Tensor Value(DefenseEvaluation evaluation)
    {
        var (scores, logits) = (evaluation.Output.Scores, evaluation.Output.MemberLogits);
        var vote = Finite(scores / Gap(scores).clamp(min: Tiny).unsqueeze(-1));
        if (Share == 0)
            return evaluation.SoftMargins(vote);
        var scale = (Gap(logits).amax([0]) / LargestMargin).clamp(min: 1).unsqueeze(-1);
        var weights = Weights(evaluation, logits.detach(), scale);
        var members = (weights.unsqueeze(-1) * Finite(logits / scale)).sum([0])
            / (weights.sum([0]) + Tiny).unsqueeze(-1);
        return evaluation.SoftMargins((1 - Share) * vote + Share * members);
    }

    /// <summary>w_m, [M, R].</summary>
    static Tensor Weights(DefenseEvaluation evaluation, Tensor logits, Tensor scale)
    {
        var own = evaluation.ForRows(evaluation.Labels).unsqueeze(1);
        var mean = nn.functional.softmax(logits / scale, -1).mean([0]);
        var isOwn = arange(mean.size(1), device: own.device).eq(own);
        var other = mean.masked_fill(isOwn, -1).argmax(1, keepdim: true);
        var members = nn.functional.softmax(logits / scale, -1);
        var (py, pk) = (Of(own), Of(other));
        var weights = pk * (py / (mean.gather(1, own).squeeze(1) + Tiny)
            + (1 - pk) / (mean.gather(1, other).squeeze(1) + Tiny));
        var met = stack(Enumerable.Range(0, evaluation.Members).Select(m => evaluation.Margins(logits[m]).gt(0)));
        var left = (weights + Tiny).masked_fill(met, 0);
        // Members that have all turned, each its own way, may still add up to the true class.
        return where(met.all(0, keepdim: true), weights + Tiny, left);

        Tensor Of(Tensor classes) =>
            members.gather(2, classes.unsqueeze(0).expand(members.size(0), -1, -1)).squeeze(2);
    }

    /// <summary>Nothing times negative infinity would be no number.</summary>
    static Tensor Finite(Tensor scores) => scores.clamp(min: ClassSets.Furthest);

    /// <summary>The highest of scores [..., K] less the second, as a constant.</summary>
    static Tensor Gap(Tensor scores)
    {
        var highest = scores.detach().topk(2, -1).values;
        return highest.select(-1, 0) - highest.select(-1, 1);
    }
}
