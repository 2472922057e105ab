using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// The slopes of a defense's <see cref="Heights"/> around N points along J random directions, as gradients tell them
/// and as values have them.
/// </summary>
/// <param name="Told">g . (x+ - x-), float64 [heights, N, J].</param>
/// <param name="Seen">f(x+) - f(x-), float64 [heights, N, J], the mean over draws.</param>
/// <param name="Noise">
/// The variance that draws and rounding leave in what is seen, summed over directions, float64 [heights, N].
/// </param>
/// <param name="IsDrawn">Whether a height differs from draw to draw, bool [heights].</param>
/// <param name="IsOneSided">
/// For each member and point whether the winner's logit moved while no other did, and none is told to, bool [M, N].
/// </param>
sealed record Slopes(Tensor Told, Tensor Seen, Tensor Noise, Tensor IsDrawn, Tensor IsOneSided)
{
    /// <summary>J: chance alone gives a cosine of 1/4, give or take.</summary>
    const int Directions = 16;

    /// <summary>A logit whose slope is a smaller share of the lead's has saturated: nothing depends on it.</summary>
    const double Telling = 0.01;

    /// <summary>By how much the square of a slope that tells something exceeds its noise.</summary>
    const double AboveNoise = 4;

    /// <summary>Measures the slopes.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="points">Images [N, C, H, W], at least <paramref name="step"/> away from 0 and 1.</param>
    /// <param name="step">By how much each pixel moves up or down.</param>
    /// <param name="seed">Of the directions, and of the defense's draws, which are the same everywhere.</param>
    public static Slopes Around(AttackSurface surface, Tensor points, double step, int seed)
    {
        using var scope = NewDisposeScope();
        using var recorded = enable_grad();
        var images = points.detach().requires_grad_();
        var here = Ask(surface, images, seed);
        var heights = new Heights(here, surface.EotSamples);
        Tensor[] gradients = [.. heights.In(here).unbind().Select(height => GradientOf(height, images))];
        var gradient = stack(gradients).to_type(ScalarType.Float64);
        List<Tensor> told = [], seen = [], spread = [], winners = [], others = [];
        for (var j = 0; j < Directions; j++)
        {
            using var inner = NewDisposeScope();
            manual_seed(Seeds.Of(seed, "direction", $"{j}"));
            var signs = randint(0, 2, points.shape).to(points.device) * 2 - 1;
            var (above, below) = (points + step * signs, points - step * signs);
            var (up, down) = (Ask(surface, above, seed), Ask(surface, below, seed));
            var (change, isKnown) = Change(heights.In(up).detach(), heights.In(down).detach());
            var moved = (above - below).to_type(ScalarType.Float64);
            told.Add(((gradient * moved).flatten(2).sum([-1]) * isKnown).MoveToOuterDisposeScope());
            seen.Add((change.mean([1]) * isKnown).MoveToOuterDisposeScope());
            spread.Add((SpreadOf(change) * isKnown).MoveToOuterDisposeScope());
            foreach (var answer in (SurfaceOutput[])[up, down])
            {
                var (winner, other) = heights.Moved(answer);
                winners.Add(winner.MoveToOuterDisposeScope());
                others.Add(other.MoveToOuterDisposeScope());
            }
        }
        var ofDraws = stack(spread).sum([0]);
        var toldOfAll = stack(told, -1);
        var isTold = toldOfAll.narrow(0, 0, Heights.OfMember * surface.Members.Count)
            .unflatten(0, [-1, Heights.OfMember]).select(1, Heights.OfRunnerUp).ne(0).any(-1);
        var slopes = new Slopes(
            toldOfAll, stack(seen, -1), ofDraws + Directions * heights.Rounding(), ofDraws.gt(0).any(-1),
            stack(winners).any(0).logical_and(stack(others).any(0).logical_or(isTold).logical_not()));
        return slopes.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// How far gradients and values agree, float64 [heights, N]: the cosine between the slopes told and those seen,
    /// with the noise taken off what is seen (Spearman's correction for attenuation); 1 where nothing moves and none is
    /// told to, or nothing depends on it; NaN where both are lost in noise.
    /// </summary>
    public Tensor Agreement()
    {
        using var scope = NewDisposeScope();
        var (told, raw) = (Told.square().sum([-1]), Seen.square().sum([-1]));
        var seen = (raw - Noise).clamp_min(0);
        var cosine = (Told * Seen).sum([-1]) / (told * seen).sqrt().clamp_min(double.Epsilon);
        var size = maximum(told, seen);
        var isLost = size.le(AboveNoise * Noise);
        var isStill = (told + raw).eq(0).logical_or(size.le(Telling * Telling * LeadsOf(size)));
        return cosine.clamp(-1, 1).masked_fill(isLost, double.NaN).masked_fill(isStill, 1).MoveToOuterDisposeScope();
    }

    /// <summary>For each height the lead's value among those of its member, 0 for a gate, [heights, N].</summary>
    Tensor LeadsOf(Tensor values)
    {
        var members = IsOneSided.size(0);
        var ofMembers = values.narrow(0, 0, Heights.OfMember * members).unflatten(0, [members, Heights.OfMember]);
        var leads = ofMembers.narrow(1, Heights.OfLead, 1).expand_as(ofMembers).flatten(0, 1);
        return cat([leads, zeros_like(values.narrow(0, leads.size(0), values.size(0) - leads.size(0)))]);
    }

    static SurfaceOutput Ask(AttackSurface surface, Tensor images, int seed)
    {
        // What draws does so in the same way for each answer only if a graph is recorded for each.
        manual_seed(seed);
        return surface.Evaluate(images.requires_grad ? images : images.requires_grad_(), surface.EotSamples);
    }

    /// <summary>The gradient [N, C, H, W] of a height [S, N], the mean over draws.</summary>
    static Tensor GradientOf(Tensor height, Tensor images)
    {
        if (!height.requires_grad)
            return zeros_like(images);
        var value = height.mean([0]).sum();
        var gradient = autograd.grad([value], [images], retain_graph: true, allow_unused: true)[0];
        return gradient is { IsInvalid: false } ? gradient.nan_to_num(0, 0, 0) : zeros_like(images);
    }

    /// <summary>
    /// The differences [heights, S, N], and whether they are known, [heights, N]: infinite logits are left out.
    /// </summary>
    static (Tensor Change, Tensor IsKnown) Change(Tensor up, Tensor down)
    {
        var change = up - down;
        return (change.nan_to_num(0, 0, 0), change.isfinite().all(1));
    }

    /// <summary>The variance of the mean over draws, [heights, N].</summary>
    static Tensor SpreadOf(Tensor change) =>
        change.size(1) > 1 ? change.var(1) / change.size(1) : zeros_like(change.select(1, 0));

    Slopes MoveToOuterDisposeScope()
    {
        foreach (var tensor in (Tensor[])[Told, Seen, Noise, IsDrawn, IsOneSided])
            tensor.MoveToOuterDisposeScope();
        return this;
    }
}
