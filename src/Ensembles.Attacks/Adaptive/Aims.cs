using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What attacks on ensembles push.</summary>
/// <remarks>
/// A term is closed in rows where its condition holds, so that the step serves the conditions still open there: the hinges
/// of Carlini and Wagner [5] and of He et al. [15].
/// </remarks>
static class Aims
{
    /// <summary>A member counts as beaten when the wrong class leads by this share of the spread of its logits.</summary>
    const double BeatenBy = 0.1;

    /// <summary>Cross-entropy of the vote's scores. In float32 it vanishes where the classifier is sure.</summary>
    public static IEnumerable<Term> CrossEntropy(SurfaceView view) =>
        [Everywhere(nn.functional.cross_entropy(view.Output.Scores, view.RowLabels, reduction: nn.Reduction.None))];

    /// <summary>The margin of the vote's scores, max_{k != y} s_k - s_y.</summary>
    public static IEnumerable<Term> VoteMargin(SurfaceView view) =>
        [Everywhere(view.Margins(view.Output.Scores))];

    /// <summary>Each member's margin, until it is beaten: min(max_{k != y} z_ik - z_iy, kappa_i).</summary>
    public static IEnumerable<Term> MemberMargins(SurfaceView view)
    {
        for (var m = 0; m < view.Members; m++)
        {
            var logits = view.Output.MemberLogits[m];
            yield return UntilBeaten(view.Margins(logits) / Spread(logits));
        }
    }

    /// <summary>
    /// Each member's lead of one wrong class t, the same for all, until it is beaten: min(z_it - max_{k != t} z_ik, kappa_i). Members
    /// that vote by majority or quorum must agree on one wrong label; beaten one by one they may cancel into a rejection.
    /// </summary>
    /// <param name="rank">Which wrong class: 0 for the likeliest on the clean image by the sum of the members' log-probabilities.</param>
    /// <param name="majority">Push only the majority of members nearest to t, who decide a majority vote, and spend nothing on the others.</param>
    public static Aim CommonTarget(int rank, bool majority) => view =>
    {
        var target = view.WrongClasses[TensorIndex.Colon, rank % view.WrongClasses.size(1)].repeat(view.Draws);
        var leads = Enumerable.Range(0, view.Members)
            .Select(m => view.Output.MemberLogits[m])
            .Select(logits => SurfaceView.Lead(logits, target) / Spread(logits))
            .ToArray();
        var terms = leads.Select(UntilBeaten);
        if (!majority)
            return terms;
        var (_, nearest) = stack(leads.Select(l => l.detach())).topk(leads.Length / 2 + 1, dim: 0);
        return terms.Select((term, m) => term with { Open = term.Open.logical_and(nearest.eq(m).any(0)) });
    };

    /// <summary>The vote's terms in rows whose vote is not wrong yet, and every gate's excess over its threshold in rows it rejects.</summary>
    /// <remarks>
    /// An image that is wrong but rejected follows the gates, one that is accepted but right follows the vote, one that is neither
    /// follows both: no weight between the two has to be searched for, and a gate's arbitrary scale does not matter.
    /// </remarks>
    public static Aim PastTheGates(Aim vote) => view =>
    {
        var right = view.VoteIsWrong().logical_not();
        var excess = view.GateExcess();
        return vote(view).Select(term => term with { Open = term.Open.logical_and(right) })
            .Concat(Enumerable.Range(0, view.Gates).Select(g => new Term(-excess[g], excess[g].detach().gt(0), Gate: g)));
    };

    /// <summary>One gate's score.</summary>
    public static Aim RaiseGate(int gate) => view => [Everywhere(view.Output.GateScores[gate]) with { Gate = gate }];

    static Term Everywhere(Tensor values) => new(values, ones_like(values, dtype: ScalarType.Bool));

    static Term UntilBeaten(Tensor margins) => new(margins, margins.detach().lt(BeatenBy));

    /// <summary>The standard deviation of the logits over the classes, [R], as a constant: the unit a margin is measured in.</summary>
    static Tensor Spread(Tensor logits)
    {
        var spread = logits.detach().std(1, unbiased: false);
        return spread.masked_fill(spread.eq(0), 1);
    }
}
