using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// One term for each member, each to rise, weighted against each other for each image so that effort goes where it
/// still pays.
/// </summary>
/// <remarks>
/// The gradient of term t at the restart's first step could gain g_t within the ball, so u_t = term / g_t tells how far
/// the member is from its goal, in units of what the attack can do. Steps follow sum_t u_t / (1 + |u_t|): most effort
/// goes to members about to turn, little to those lost either way. It asks for no quorum and finds the members that are
/// enough.
/// </remarks>
abstract record MemberLoss : VoteLoss
{
    /// <summary>
    /// Which of the smallest majorities of the members is pushed, 0 for the one nearest to its goal: see
    /// <see cref="Majorities"/>; null for all members.
    /// </summary>
    public int? Majority { get; init; }

    /// <summary>The terms, each float32 [R] and differentiable.</summary>
    public abstract IReadOnlyList<Tensor> Terms(DefenseEvaluation evaluation);

    /// <summary>The terms, all of one weight, summed.</summary>
    public override Tensor Value(DefenseEvaluation evaluation) => stack(Terms(evaluation)).sum([0]);

    /// <summary>sum_t u_t / (1 + |u_t|), [R], of terms [R] with the weights 1 / g_t, [T, N].</summary>
    public static Tensor Balance(DefenseEvaluation evaluation, IReadOnlyList<Tensor> terms, Tensor weights)
    {
        // A member for which every class that counts is at negative infinity has nothing to gain.
        var u = (stack(terms) * weights.repeat(1, evaluation.Draws)).clamp(-1e30, 1e30);
        return (u / (1 + u.abs())).sum([0]);
    }

    /// <summary>
    /// The weights 1 / g_t, [T, N]: 1 where a term has no gradient, 0 for members outside the majority that is pushed.
    /// </summary>
    /// <param name="evaluation">The evaluation at the restart's first step.</param>
    /// <param name="terms">The terms there.</param>
    /// <param name="gains">What each could gain within the ball, g_t, [T, N].</param>
    public Tensor Weights(DefenseEvaluation evaluation, IReadOnlyList<Tensor> terms, Tensor gains)
    {
        using var scope = NewDisposeScope();
        var weights = 1 / gains.masked_fill(gains.eq(0), 1);
        if (Majority is { } rank)
        {
            var values = stack(terms.Select(term => evaluation.MeanOverDraws(term.detach())));
            weights *= Majorities.Mask(values * weights, rank);
        }
        return weights.MoveToOuterDisposeScope();
    }

    /// <summary>A term for each member, from its logits [R, K].</summary>
    protected static IReadOnlyList<Tensor> Each(DefenseEvaluation evaluation, Func<Tensor, Tensor> term) =>
        [.. Enumerable.Range(0, evaluation.Members).Select(m => term(evaluation.Output.MemberLogits[m]))];

    /// <summary>
    /// The standard deviation of logits [..., K] over the classes, as a constant: the unit in which members compare.
    /// </summary>
    protected static Tensor Spread(Tensor logits)
    {
        var values = logits.detach();
        var spread = values.std([-1], unbiased: false);
        if (HostMemory.ReadFloats(spread).Any(float.IsNaN))
        {
            // Over the classes that are not at negative infinity.
            var live = values.isfinite();
            var finite = values.masked_fill(live.logical_not(), 0);
            var count = live.sum(-1, keepdim: true).clamp(min: 1);
            var off = (finite - finite.sum(-1, keepdim: true) / count) * live;
            spread = (off.square().sum(-1) / count.squeeze(-1)).sqrt();
        }
        return spread.masked_fill(spread.eq(0), 1);
    }
}

/// <summary>
/// Each member's margin until it is beaten, min(max_{k != y} z_ik - z_iy, kappa_i): the sum of hinges of He et al.
/// [15]. A beaten member is pushed no further, and each may err its own way.
/// </summary>
sealed record MemberMargins : MemberLoss
{
    /// <summary>A member counts as beaten when its margin is this share of the spread of its logits.</summary>
    const double BeatenBy = 0.1;

    public override string Name => "MemberMargins";

    public override IReadOnlyList<Tensor> Terms(DefenseEvaluation evaluation) =>
        Each(evaluation, logits => evaluation.Margins(logits).minimum(BeatenBy * Spread(logits)));
}

/// <summary>
/// Each member's lead of one class t, the same for all: z_it - max_{k != t} z_ik. Members that vote by majority or
/// quorum must agree on one wrong label; beaten one by one they may cancel into a rejection.
/// </summary>
/// <param name="Rank">
/// Which class: 0 for the one the members support most where the image is now; 1 and up for the second likeliest on the
/// clean image and those after it.
/// </param>
sealed record Consensus(int Rank) : MemberLoss
{
    public override string Name => "Consensus";

    public override IReadOnlyList<Tensor> Terms(DefenseEvaluation evaluation)
    {
        var ranked = evaluation.TargetClasses;
        var target = Rank == 0 ? MostSupported(evaluation) : ranked.select(1, Rank % ranked.size(1));
        var targets = evaluation.ForRows(target);
        return Each(evaluation, logits => Numerics.Margins.Lead(logits, targets));
    }

    /// <summary>
    /// Of the classes that meet the criterion the one [N] with the highest sum of the members' logits, each member's
    /// over their spread.
    /// </summary>
    static Tensor MostSupported(DefenseEvaluation evaluation)
    {
        var logits = evaluation.Output.MemberLogits.detach();
        var summed = (logits / Spread(logits).unsqueeze(-1)).sum([0]);
        var support = summed.view(evaluation.Draws, -1, logits.size(-1)).mean([0]);
        return support.masked_fill(evaluation.Criterion.Others, float.NegativeInfinity).argmax(1);
    }
}
