using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What is missing to the attacker's criterion, differentiable and in units of the vote's scores: the loss of attacks that look for the nearest image.</summary>
sealed class Shortfall : IDisposable
{
    /// <summary>How many times the size of a gate's excess on the clean image its softplus is a hinge for.</summary>
    const double GateSharpness = 8;

    readonly Criterion criterion;
    readonly Tensor marginUnit;
    readonly Tensor gateUnits;

    /// <summary>Takes the units from a view of the clean images.</summary>
    public Shortfall(SurfaceView clean, Criterion criterion) : this(criterion, Nearness.MarginUnit(clean), Nearness.GateUnits(clean))
    {
    }

    Shortfall(Criterion criterion, Tensor marginUnit, Tensor gateUnits)
    {
        this.criterion = criterion;
        this.marginUnit = marginUnit.DetachFromDisposeScope();
        this.gateUnits = gateUnits.DetachFromDisposeScope();
    }

    /// <summary>The same for some of the images.</summary>
    public Shortfall Select(Tensor rows) => new(criterion, marginUnit.index_select(0, rows), gateUnits.index_select(1, rows));

    /// <summary>With hinges, [R]: 0 exactly where the criterion is met with a margin of kappa.</summary>
    /// <remarks>
    /// To misclassify, every obstacle counts, max(s_y - max_{k != y} s_k + kappa, 0) + u sum_g max(e_g / u_g, 0) with u the size of the margin and u_g that of
    /// the gate's excess on the clean image (Carlini and Wagner [6]; He et al. [15], one term for each component). To disrupt, one is enough: the smallest of
    /// max(s_y - max_{k != y} s_k + kappa, 0) and max(kappa - u max_g e_g / u_g, 0).
    /// </remarks>
    public Tensor Of(SurfaceView view, double confidence) =>
        Hinges(view, view.Margins(view.Output.Scores), full_like(marginUnit, confidence), excess => excess.clamp(min: 0));

    /// <summary>
    /// The same for attacks that need a gradient on either side of the boundary: kappa is u, log sum_{k != y} exp s_k stands for the first maximum and a softplus for
    /// the gates'. Without gates its gradient has the direction of the cross-entropy's, and does not vanish in float32 where the vote is sure.
    /// </summary>
    public Tensor Soft(SurfaceView view) =>
        Hinges(view, view.SoftMargins(view.Output.Scores), marginUnit, excess => nn.functional.softplus(GateSharpness * excess) / GateSharpness);

    Tensor Hinges(SurfaceView view, Tensor margins, Tensor confidence, Func<Tensor, Tensor> hinge)
    {
        var (unit, kappa) = (marginUnit.repeat(view.Draws), confidence.repeat(view.Draws));
        // Rules that count votes decide otherwise than their smooth scores now and then: where only the scores are wrong, another unit is missing.
        var wrong = criterion == Criterion.Misclassified ? view.VoteIsWrong() : view.Output.Labels.ne(view.RowLabels);
        var misjudged = wrong.logical_not().logical_and(margins.detach().ge(0));
        var missing = (kappa + where(misjudged, margins.detach() + unit, 0) - margins).clamp(min: 0);
        if (view.Gates == 0)
            return missing;
        var excess = view.GateExcess() / gateUnits.repeat(1, view.Draws);
        return criterion == Criterion.Misclassified
            ? missing + unit * hinge(excess).sum([0])
            : missing.minimum((kappa - unit * excess.amax([0])).clamp(min: 0));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        marginUnit.Dispose();
        gateUnits.Dispose();
    }
}
