using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// What the parts of a defense raise and lower around some points: of each member the logit of the class that wins at
/// a point, that of the runner-up there, and the lead of the one over the other; of each gate its score.
/// </summary>
sealed class Heights
{
    /// <summary>How many heights a member has: the winner's logit, the runner-up's and the lead.</summary>
    public const int OfMember = 3;

    /// <summary>The runner-up's place among them.</summary>
    public const int OfRunnerUp = 1;

    /// <summary>The lead's.</summary>
    public const int OfLead = 2;

    readonly SurfaceOutput here;
    readonly int draws;

    /// <summary>The winner's and the runner-up's place, int64 [M, S N, 2], the same in every draw.</summary>
    readonly Tensor places;

    /// <summary>Chooses the classes.</summary>
    /// <param name="here">The defense's answer at the points.</param>
    /// <param name="draws">Draws of it.</param>
    public Heights(SurfaceOutput here, int draws)
    {
        (this.here, this.draws) = (here, draws);
        var mean = here.MemberLogits.detach().unflatten(1, [draws, -1]).mean([1]);
        places = mean.topk(2, -1).indexes.repeat([1, draws, 1]);
    }

    /// <summary>The heights in an answer, float64 [heights, S, N]; differentiable.</summary>
    public Tensor In(SurfaceOutput output)
    {
        var two = output.MemberLogits.to_type(ScalarType.Float64).gather(-1, places);
        var (winner, runnerUp) = (two.select(-1, 0), two.select(-1, 1));
        var ofMembers = stack([winner, runnerUp, winner - runnerUp], 1).flatten(0, 1);
        return cat([ofMembers, output.GateScores.to_type(ScalarType.Float64)]).unflatten(1, [draws, -1]);
    }

    /// <summary>
    /// The variance, float64 [heights, N], that rounding leaves in a difference of two heights: relative to a logit
    /// half precisions round the last operation, while in float32 the errors of all operations add up.
    /// </summary>
    public Tensor Rounding()
    {
        var (logits, scores) = (here.MemberLogits.detach(), here.GateScores.detach());
        var finite = In(here with { MemberLogits = logits.nan_to_num(0, 0, 0), GateScores = scores }).mean([1]);
        var sizes = finite.square();
        var members = sizes.narrow(0, 0, OfMember * logits.size(0)).unflatten(0, [-1, OfMember]);
        members.select(1, OfLead).copy_(members.select(1, 0) + members.select(1, OfRunnerUp));
        return 2 * Math.Pow(ShareOf(logits), 2) * sizes;
    }

    /// <summary>
    /// For each member and point, bool [M, N], whether the winner's logit differs in an answer from that at the point,
    /// and whether any other does or, of two, is the same at every point: logits (0, s) say with s all there is to say.
    /// </summary>
    public (Tensor Winner, Tensor Others) Moved(SurfaceOutput output)
    {
        var logits = here.MemberLogits;
        var moved = output.MemberLogits.ne(logits);
        var isReference = logits.eq(logits.narrow(1, 0, 1)).all(1, keepdim: true);
        var othersMoved = logits.size(-1) == 2 ? moved.logical_or(isReference) : moved;
        var winner = places.narrow(-1, 0, 1);
        var others = othersMoved.scatter(-1, winner, zeros_like(winner, dtype: ScalarType.Bool)).any(-1);
        return (InAnyDraw(moved.gather(-1, winner).squeeze(-1)), InAnyDraw(others));
    }

    Tensor InAnyDraw(Tensor rows) => rows.unflatten(1, [draws, -1]).any(1);

    /// <summary>By which share of a logit rounding moves it, the root mean square.</summary>
    static double ShareOf(Tensor logits)
    {
        bool IsOf(ScalarType type) =>
            logits.to_type(type).to_type(ScalarType.Float32).eq(logits).all().item<bool>();
        return IsOf(ScalarType.BFloat16) ? Math.Pow(2, -7.5) / Math.Sqrt(12)
            : IsOf(ScalarType.Float16) ? Math.Pow(2, -10.5) / Math.Sqrt(12)
            : Math.Pow(2, -20);
    }
}
