using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The direction of one restart's steps: up the terms of its aim.</summary>
/// <remarks>
/// <para>
/// Members are weighted against each other for each image: the gradient of term t at the restart's first step could gain g_t
/// within the ball, so u_t = term / g_t tells how far the member is from its goal, in units of what the attack can do. A saturating aim
/// follows sum_t u_t / (1 + |u_t|): most effort goes to members about to turn, little to those lost either way. It asks for no
/// quorum and finds the members that are enough.
/// </para>
/// <para>
/// Gates are weighted against the vote by a price each, for each image: the step follows
/// grad vote / |grad vote| - sum_g p_g grad score_g / |grad score_g| over the gates that reject, and log p_g rises while the image is wrong
/// but rejected by g, falls while it is accepted but right: dual ascent on the constraint that the gate accepts. No
/// weight has to be searched for over outer rounds, the scale of a score does not matter, and the price finds out whether a gate is
/// passed by retreating from the boundary or by going beyond it.
/// </para>
/// </remarks>
sealed class Ascent(Aim aim, int steps, Ball ball, Victim victim) : IDisposable
{
    /// <summary>Low at first: gates are passed beyond the boundary of the vote more often than before it.</summary>
    const double FirstLogPrice = -0.5;

    /// <summary>Prices stay within e^-4 and e^4, and can cross half of that range in one restart.</summary>
    const double LargestLogPrice = 4;

    int climbed;
    Tensor? memberWeights;
    Tensor? logPrices;

    /// <summary>The direction [N, C, H, W] at the images of an evaluation, and the value [N] of the vote's terms or of the gate there.</summary>
    /// <param name="look">The evaluation.</param>
    /// <param name="done">Which of its images are broken: only the gradients of the others say that the attack sees.</param>
    public (Tensor Direction, Tensor Value) Climb(Tracked look, bool[] done)
    {
        using var scope = NewDisposeScope();
        var view = look.View;
        if (aim.MemberFirst is { } member && climbed++ < steps / 2)
        {
            var margins = view.Margins(view.Output.MemberLogits[member]);
            return (Watched(margins, gate: null, look, done).MoveToOuterDisposeScope(), view.MeanOverDraws(margins.detach()).MoveToOuterDisposeScope());
        }
        var values = aim.RaiseGate is { } raised ? view.Output.GateScores[raised]
            : aim.Vote is { } vote ? Terms(vote, look)
            : throw new InvalidOperationException("An aim without a vote and without a gate has no way to climb.");
        var direction = Watched(values, aim.RaiseGate, look, done);
        if (aim.PassGates)
            direction = ball.Normalize(direction) + DownTheGates(look, done);
        var value = view.MeanOverDraws(values.detach());
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
    Tensor Terms(VoteAim vote, Tracked look)
    {
        var terms = vote.Terms(look.View);
        if (!vote.Saturating)
            return terms.Single();

        memberWeights ??= MemberWeights(vote, terms, look);
        var u = stack(terms) * memberWeights.repeat(1, look.View.Draws);
        return (u / (1 + u.abs())).sum([0]);
    }

    /// <summary>
    /// For each term and image, [T, N], one over what the term could gain within the ball, 1 where it has no gradient; 0 for members outside the
    /// majority that is pushed.
    /// </summary>
    Tensor MemberWeights(VoteAim vote, IReadOnlyList<Tensor> terms, Tracked look)
    {
        using var scope = NewDisposeScope();
        var gains = stack(terms.Select(term => ball.Gain(look.Gradient(term, victim, out _)))) * ball.Epsilon;
        var weights = 1 / gains.masked_fill(gains.eq(0), 1);
        if (vote.Majority is { } rank)
            weights *= Majorities.Mask(stack(terms.Select(term => look.View.MeanOverDraws(term.detach()))) * weights, rank);
        return weights.DetachFromDisposeScope();
    }

    Tensor DownTheGates(Tracked look, bool[] done)
    {
        var view = look.View;
        var direction = zeros(1, device: look.Leaf.device);
        logPrices ??= full(view.Gates, view.Labels.size(0), FirstLogPrice, device: look.Leaf.device).DetachFromDisposeScope();
        var excess = view.GateExcess();
        var rejects = view.Often(excess.detach().gt(0));
        for (var g = 0; g < view.Gates; g++)
        {
            if (!excess[g].gt(0).any().item<bool>())
                continue;
            var gradient = Watched(-excess[g].clamp(min: 0), g, look, done);
            direction = direction + logPrices[g].exp().view(-1, 1, 1, 1) * ball.Normalize(gradient);
        }

        var wrong = view.Often(view.VoteIsWrong());
        var rise = rejects.logical_and(wrong).to_type(ScalarType.Float32);
        var fall = rejects.logical_or(wrong).logical_not().to_type(ScalarType.Float32);
        using (logPrices)
        {
            logPrices = (logPrices + LargestLogPrice / steps * (rise - fall))
                .clamp(-LargestLogPrice, LargestLogPrice).DetachFromDisposeScope();
        }
        return direction;
    }

    Tensor Watched(Tensor values, int? gate, Tracked look, bool[] done)
    {
        var gradient = look.Gradient(values, victim, out var largest);
        victim.Watch(gate, largest.Where((_, i) => !done[i]).Any(size => size > 0));
        return gradient;
    }

    static Tensor? Select(Tensor? all, Tensor rows)
    {
        using (all)
            return all?.index_select(1, rows).DetachFromDisposeScope();
    }
}
