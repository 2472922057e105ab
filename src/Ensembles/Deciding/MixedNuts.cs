using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// MixedNUTS (Bai et al. 2024, "MixedNUTS: Training-free accuracy-robustness balance via nonlinearly mixed
/// classifiers"): an accurate member decides unless a robust one is sure, log((1 - a) e(z_accurate) + a
/// softmax(g(z_robust))), with e all probability on the highest logit.
/// </summary>
/// <remarks>
/// <para>
/// Robust networks are surer where they are right than where they are wrong, attacked or not. g widens that: of h = (z
/// - mean z) / std z it is s |u|^p sign(u) with u = gelu(max(h + c, -0.75)). The highest logit stays the highest; to
/// that end gelu is held at its least value below the place of it, where the authors' returns to 0.
/// </para>
/// <para>
/// <see cref="Ensemble.FitVote"/> finds s, p, c and a on clean images and on images attacked against each member alone;
/// nothing is trained. It refuses members in the wrong order. A member left out leaves the other to decide alone.
/// </para>
/// </remarks>
[Voters("accurate", "robust")]
[
    VoteScript(
        $"""
        invalid = torch.bitwise_not(torch.all(torch.lt(torch.amax(logits, [-1]), float("inf")), 0))
        if members == 1:
            scores = torch.log_softmax(torch.select(logits, 0, 0), -1)
        else:
            classes = torch.arange(torch.size(logits, -1), device=logits.device)
            accurate = torch.argmax(torch.select(logits, 0, 0), -1, keepdim=True)
            chosen = torch.zeros_like(torch.select(logits, 0, 0))
            chosen = torch.masked_fill(chosen, torch.ne(accurate, classes), float("-inf"))
            chosen = chosen + torch.log(torch.select(weights, 0, 0))
            robust = torch.sum(torch.narrow(logits, 0, 1, 1), [0], dtype={MixedNuts.Float64})
            finite = torch.lt(torch.abs(robust), float("inf"))
            none = torch.bitwise_not(finite)
            count = torch.sum(finite, [-1], True, dtype={MixedNuts.Float64})
            mean = torch.sum(torch.masked_fill(robust, none, 0), [-1], True) / count
            off = torch.masked_fill(robust - mean, none, 0)
            deviation = torch.sqrt(torch.sum(off * off, [-1], True) / torch.clamp(count - 1, 1) + 1e-8)
            shifted = off / deviation + torch.select(weights, 0, 4)
            turned = torch.gelu(torch.clamp(shifted, -0.7517915246935645))
            turned = torch.pow(torch.abs(turned), torch.select(weights, 0, 3)) * torch.sign(turned)
            mapped = torch.masked_fill(turned * torch.select(weights, 0, 2), none, float("-inf"))
            sure = torch.log_softmax(mapped, -1) + torch.log(torch.select(weights, 0, 1))
            both = torch.unsqueeze(torch.logaddexp(chosen, sure), 0)
            scores = torch.sum(both, [0], dtype={VoteScriptAttribute.Float32})
        scores = torch.masked_fill(scores, torch.unsqueeze(invalid, -1), float("nan"))
        """,
        Ballot.ArgmaxScript),
]
public sealed class MixedNuts : IFittedRule
{
    /// <summary>Float64, as TorchScript writes it.</summary>
    internal const string Float64 = "7";

    /// <summary>Where gelu is least, and below which it is held.</summary>
    const double GeluTurns = -0.7517915246935645;

    /// <summary>
    /// The robust member's share of its own softmax in what an attacker follows, as the authors attack it; the rest is
    /// the softmax of g, which is flat where it is sure.
    /// </summary>
    const double RawShare = 0.9;

    /// <summary>s, p, c, and the robust member's weight in what an attacker follows.</summary>
    /// <inheritdoc/>
    public static int Numbers => 4;

    /// <inheritdoc/>
    public static bool NeedsAttackedImages => true;

    /// <inheritdoc/>
    public static bool HasOwnGradient => true;

    /// <inheritdoc/>
    public static Tensor Fit(ValidationVotes votes) => MixedNutsSearch.Fit(votes);

    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot)
    {
        var logits = ballot.MemberLogits;
        var invalid = logits.amax([-1]).lt(Constant.Of(double.PositiveInfinity)).all(0).logical_not().unsqueeze(-1);
        return (Alone(ballot) ?? Mixed(logits[0], logits[1], ballot.Weights))
            .masked_fill(invalid, Constant.Of(float.NaN));
    }

    static Tensor Mixed(Tensor accurate, Tensor robust, Tensor weights)
    {
        var classes = arange(accurate.size(-1), device: accurate.device);
        var highest = accurate.argmax(-1, keepdim: true).eq(classes);
        var chosen = where(highest, weights[0].log(), float.NegativeInfinity);
        var sure = Map(robust, weights[2], weights[3], weights[4]).log_softmax(-1) + weights[1].log();
        return logaddexp(chosen, sure).to_type(ScalarType.Float32);
    }

    /// <summary>
    /// g of logits [..., K], float64. A class at negative infinity has no part in it, and stays there.
    /// </summary>
    /// <param name="logits">The robust member's logits.</param>
    /// <param name="s">The scale.</param>
    /// <param name="p">The power.</param>
    /// <param name="c">The offset.</param>
    internal static Tensor Map(Tensor logits, Tensor s, Tensor p, Tensor c)
    {
        var robust = logits.to_type(ScalarType.Float64);
        var finite = robust.isfinite();
        var none = finite.logical_not();
        var count = finite.sum(-1, keepdim: true, type: ScalarType.Float64);
        var mean = robust.masked_fill(none, Constant.Of(0)).sum(-1, keepdim: true) / count;
        var off = (robust - mean).masked_fill(none, Constant.Of(0));
        var others = count.sub(Constant.Of(1)).clamp(min: Constant.Of(1));
        var deviation = ((off * off).sum(-1, keepdim: true) / others).add(Constant.Of(1e-8)).sqrt();
        return Bend(off / deviation, s, p, c).masked_fill(none, Constant.Of(double.NegativeInfinity));
    }

    /// <summary>
    /// s |u|^p sign(u) with u = gelu(h + c), held at its least below the place of that: rises with h.
    /// </summary>
    internal static Tensor Bend(Tensor h, Tensor s, Tensor p, Tensor c)
    {
        var turned = nn.functional.gelu((h + c).clamp(min: Constant.Of(GeluTurns)));
        return turned.abs().pow(p) * turned.sign() * s;
    }

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

    /// <inheritdoc/>
    public static bool MayReject => false;

    /// <inheritdoc/>
    /// <remarks>
    /// The authors' own attack: the accurate member by its softmax, the robust one by nine parts of its softmax and one
    /// of g's, at the weights that suit them; and a little of <see cref="Ballot.SmoothVotes"/>, whose gradient never
    /// vanishes. Attacks follow the gradient of the scores themselves as well.
    /// </remarks>
    public static Tensor SurrogateScores(Ballot ballot)
    {
        if (Alone(ballot) is { } alone)
            return alone;
        var (logits, weights) = (ballot.MemberLogits, ballot.Weights);
        var share = weights[5];
        var shares = stack([1 - share, share * RawShare, share * (1 - RawShare)]).log();
        var mapped = Map(logits[1], weights[2], weights[3], weights[4]).log_softmax(-1).to_type(ScalarType.Float32);
        var own = ballot.LogProbabilities();
        var mixed = stack([own[0] + shares[0], own[1] + shares[1], mapped + shares[2]]).logsumexp(0);
        return mixed + Ballot.SmoothShare * ballot.SmoothVotes(stack([1 - share, share]));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The robust member is so sure that the accurate one cannot outvote it, a (p_y - p_k) &gt; 1 - a; or the accurate
    /// one is for y in the whole ball, and the robust one nowhere as sure of another class, a (p_y - p_k) + 1 - a &gt;
    /// 0. The bounds of g follow from those of the logits: see <see cref="MixedNutsBounds"/>.
    /// </remarks>
    public static Tensor? Proven(BallotBounds bounds)
    {
        if (bounds.Members == 1)
            return bounds.LeadsAll(bounds.Differences[0], bounds.Rounding);
        ThrowIfMore(bounds.Members);
        var (accurate, robust) = (bounds.Weights[0], bounds.Weights[1]);
        var lead = robust * MixedNutsBounds.ProbabilityDifferences(bounds);
        var accurateIsSure = bounds.LeadsAll(bounds.Differences[0], bounds.Rounding).unsqueeze(1);
        return bounds.LeadsAll(lead + where(accurateIsSure, accurate, -accurate), bounds.Rounding);
    }

    /// <summary>The scores of a member that is the only one left; null where there are both.</summary>
    static Tensor? Alone(Ballot ballot)
    {
        ThrowIfMore(ballot.MemberLogits.size(0));
        return ballot.MemberLogits.size(0) == 1 ? ballot.LogProbabilities()[0] : null;
    }

    static void ThrowIfMore(long members)
    {
        if (members > 2)
            throw new ArgumentException(
                $"{nameof(MixedNuts)} mixes two members, the accurate one and the robust one, and not {members}.");
    }
}
