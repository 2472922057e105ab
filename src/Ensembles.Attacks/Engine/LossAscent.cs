using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The direction of one restart's steps, up its loss.</summary>
/// <remarks>
/// Gates are weighted against the vote by a price each, for each image: the step follows
/// grad vote / |grad vote| - sum_g p_g grad score_g / |grad score_g| over the gates that reject, and log p_g rises
/// while the image is wrong but rejected by g, falls while it is accepted but right: dual ascent on the constraint that
/// the gate accepts. A gate inside an ensemble among the members has a price likewise, against the vote that it guards;
/// to silence that vote it is raised instead (<see cref="InnerGates"/>). No weight has to be searched for over outer
/// rounds, the scale of a score does not matter, and the price finds out whether a gate is passed by retreating from
/// the boundary or by going beyond it. How members are weighted against each other says <see cref="MemberLoss"/>.
/// </remarks>
sealed class LossAscent(RestartLoss loss, int steps, Ball ball, DefenseUnderAttack defense) : IDisposable
{
    /// <summary>Low at first: gates are passed beyond the boundary of the vote more often than before it.</summary>
    const double FirstLogPrice = -0.5;

    /// <summary>Prices stay within e^-4 and e^4, and can cross half of that range in one restart.</summary>
    const double LargestLogPrice = 4;

    int climbed;

    /// <summary>
    /// The largest entries of the vote's gradient at the images climbed from last, [N]; null where a gate is raised.
    /// </summary>
    public float[]? LargestOfVote { get; private set; }

    Tensor? memberWeights;
    Tensor? logPrices;

    /// <summary>
    /// The direction [N, C, H, W] at the images of an evaluation, and the value [N] of the loss there.
    /// </summary>
    /// <param name="here">The evaluation.</param>
    /// <param name="done">
    /// Which of its images are broken: only the gradients of the others say that the attack sees.
    /// </param>
    public (Tensor Direction, Tensor Value) Climb(DefenseEvaluation here, bool[] done)
    {
        using var scope = NewDisposeScope();
        if (loss.ByOwnGradient)
            here = here.ByOwnGradient();
        Tensor direction, values;
        if (loss.MemberFirst is { } member && climbed++ < steps / 2)
        {
            values = here.Margins(here.Output.MemberLogits[member]);
            direction = Watched(values, gate: null, here, done);
        }
        else
        {
            values = loss.RaiseGate is { } raised ? here.Output.GateScores[raised]
                : loss.Vote is { } vote ? ValueOf(vote, here)
                : throw new InvalidOperationException("A restart without a loss has no way to climb.");
            direction = Watched(values, loss.RaiseGate, here, done);
            if (loss.PassGates || PassesInner(here))
                direction = ball.Normalize(direction) + AlongTheGates(here, done);
        }
        var value = here.MeanOverDraws(values.detach());
        return (direction.MoveToOuterDisposeScope(), value.MoveToOuterDisposeScope());
    }

    /// <summary>Goes on with some of the images.</summary>
    public void Select(Tensor rows)
    {
        memberWeights = Select(memberWeights, rows);
        logPrices = Select(logPrices, rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        memberWeights?.Dispose();
        logPrices?.Dispose();
    }

    /// <summary>What is to rise for each row, [R].</summary>
    Tensor ValueOf(VoteLoss vote, DefenseEvaluation here)
    {
        if (vote is not MemberLoss members)
            return vote.Value(here);
        var terms = members.Terms(here);
        memberWeights ??= members.Weights(here, terms, Gains(terms, here)).DetachFromDisposeScope();
        return MemberLoss.Balance(here, terms, memberWeights);
    }

    /// <summary>What each term could gain within the ball, [T, N].</summary>
    Tensor Gains(IReadOnlyList<Tensor> terms, DefenseEvaluation here) =>
        stack(terms.Select(term => ball.Gain(defense.Gradient(term, here, out _)))) * ball.Epsilon;

    bool PassesInner(DefenseEvaluation here) => loss.InnerGates != InnerGates.Leave && here.Output.InnerGates > 0;

    Tensor AlongTheGates(DefenseEvaluation here, bool[] done)
    {
        var direction = zeros(1, device: here.Images.device);
        logPrices ??= full(here.Gates, here.Labels.size(0), FirstLogPrice, device: here.Images.device)
            .DetachFromDisposeScope();
        var excess = here.GateExcess();
        var fires = here.MajorityOfDraws(excess.detach().gt(0));
        var (raised, wrong) = Aims(here);
        var (first, last) = (
            loss.PassGates ? 0 : here.Output.RejectingGates,
            PassesInner(here) ? here.Gates : here.Output.RejectingGates);
        for (var g = first; g < last; g++)
        {
            // Down where it fires and is to be passed, up where it does not and is to be raised.
            var up = here.ForRows(raised[g]);
            var missing = where(up, excess[g].clamp(max: 0), -excess[g].clamp(min: 0));
            if (!missing.lt(0).any().item<bool>())
                continue;
            var gradient = Watched(missing, g, here, done);
            direction = direction + logPrices[g].exp().view(-1, 1, 1, 1) * ball.Normalize(gradient);
        }

        var stands = fires.logical_xor(raised);
        var rise = stands.logical_and(wrong).to_type(ScalarType.Float32);
        var fall = stands.logical_or(wrong).logical_not().to_type(ScalarType.Float32);
        using (logPrices)
        {
            logPrices = (logPrices + LargestLogPrice / steps * (rise - fall))
                .clamp(-LargestLogPrice, LargestLogPrice).DetachFromDisposeScope();
        }
        return direction;
    }

    /// <summary>
    /// Which gates are to be raised, bool [G, N], and where what a gate stands in the way of is done, bool [G, N]: the
    /// vote is wrong. A gate inside an ensemble among the members guards the vote there. Where that is right and is to
    /// abstain, all that is left to do is to raise the gate.
    /// </summary>
    (Tensor Raised, Tensor Wrong) Aims(DefenseEvaluation here)
    {
        var vote = here.MajorityOfDraws(here.VoteMeetsCriterion()).unsqueeze(0);
        var rejecting = vote.expand(here.Output.RejectingGates, -1);
        if (here.GuardedVotesMeetCriterion() is not { } rows)
            return (zeros_like(rejecting), rejecting);
        var guarded = here.MajorityOfDraws(rows);
        var raised = loss.InnerGates == InnerGates.SilenceRight ? guarded.logical_not() : zeros_like(guarded);
        return (
            cat([zeros_like(rejecting), raised]),
            cat([rejecting, guarded.logical_or(raised)]));
    }

    Tensor Watched(Tensor values, int? gate, DefenseEvaluation here, bool[] done)
    {
        var gradient = defense.Gradient(values, here, out var largest);
        defense.Watch(gate, largest.Where((_, i) => !done[i]).Any(size => size > 0));
        if (gate is null)
            LargestOfVote = largest;
        return gradient;
    }

    static Tensor? Select(Tensor? all, Tensor rows)
    {
        using (all)
            return all?.index_select(1, rows).DetachFromDisposeScope();
    }
}
