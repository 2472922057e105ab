using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// What is missing to the attacker's criterion, differentiable and in units of the vote's scores: the loss of attacks
/// that look for the nearest image. It falls to 0 as the criterion is met.
/// </summary>
public static class HingeLoss
{
    /// <summary>How many times the size of a gate's excess on the clean image its softplus is a hinge for.</summary>
    const double GateSharpness = 8;

    /// <summary>With hinges, [R]: 0 exactly where the criterion is met with a margin of kappa.</summary>
    /// <remarks>
    /// To misclassify, every obstacle counts, max(s_y - max_{k != y} s_k + kappa, 0) + u sum_g max(e_g / u_g, 0) with u
    /// the size of the margin and u_g that of the gate's excess on the clean image (Carlini and Wagner [6]; He et al.
    /// [15], one term for each component). Where a rejection is enough, one obstacle is: the smallest of
    /// max(s_y - max_{k != y} s_k + kappa, 0) and max(kappa - u max_g e_g / u_g, 0).
    /// </remarks>
    /// <param name="evaluation">The evaluation of R rows.</param>
    /// <param name="confidence">kappa, in units of the vote's scores; 0 or above.</param>
    public static Tensor Hard(DefenseEvaluation evaluation, double confidence = 0)
    {
        var margins = evaluation.Margins(evaluation.Output.Scores);
        var kappa = full_like(evaluation.Criterion.MarginUnit, confidence);
        return Missing(evaluation, margins, kappa, excess => excess.clamp(min: 0));
    }

    /// <summary>
    /// The same for attacks that need a gradient on either side of the boundary: kappa is u, log sum_{k != y} exp s_k
    /// stands for the maximum and a softplus for the gates'. Without gates its gradient has the direction of the
    /// cross-entropy's, and does not vanish in float32 where the vote is sure.
    /// </summary>
    public static Tensor Soft(DefenseEvaluation evaluation)
    {
        var margins = evaluation.SoftMargins(evaluation.Output.Scores);
        return Missing(
            evaluation, margins, evaluation.Criterion.MarginUnit,
            excess => nn.functional.softplus(GateSharpness * excess) / GateSharpness);
    }

    static Tensor Missing(DefenseEvaluation evaluation, Tensor margins, Tensor confidence, Func<Tensor, Tensor> hinge)
    {
        var criterion = evaluation.Criterion;
        var (unit, kappa) = (criterion.MarginUnit.repeat(evaluation.Draws), confidence.repeat(evaluation.Draws));
        // Rules that count votes decide otherwise than their smooth scores now and then: where only the scores meet the
        // criterion, another unit is missing.
        var misjudged = evaluation.MeetsCriterion().logical_not().logical_and(margins.detach().ge(0));
        var missing = (kappa + where(misjudged, margins.detach() + unit, 0) - margins).clamp(min: 0);
        if (evaluation.Gates == 0)
            return missing;
        var all = evaluation.GateExcess() / criterion.GateUnit.repeat(1, evaluation.Draws);
        var rejecting = evaluation.Output.RejectingGates;
        if (evaluation.GuardedVotesMeetCriterion() is { } wrong && !criterion.Criterion.IsMetByRejection)
        {
            // A vote that is wrong and hidden inside an ensemble among the members may be what is missing.
            var hidden = wrong.logical_and(evaluation.DecisionMeetsCriterion().logical_not());
            missing = missing + unit * (hinge(all.narrow(0, rejecting, wrong.size(0))) * hidden).sum([0]);
        }

        if (rejecting == 0)
            return missing;
        var excess = all.narrow(0, 0, rejecting);
        return criterion.Criterion.IsMetByRejection
            ? missing.minimum((kappa - unit * excess.amax([0])).clamp(min: 0))
            : missing + unit * hinge(excess).sum([0]);
    }
}
