using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The steps of FAB (Croce and Hein 2020, "Minimally distorted adversarial examples with a fast adaptive boundary
/// attack"): to where the linearised decision boundary is, and towards the clean image along it.
/// </summary>
/// <remarks>
/// Of the leads f_k = s_k - s_y of wrong classes, the boundary nearest by |f_k| / ||grad f_k||_* is linearised at x_t.
/// With d_1 the smallest change that takes x_t onto it within [0, 1], and d_2 that of the clean image x_0,
/// x_{t+1} = (1 - a) (x_t + 1.05 d_1) + a (x_0 + 1.05 d_2) with a = min(|d_1| / (|d_1| + |d_2|), 0.1). A point that
/// meets the criterion too far away goes back: x_0 + 0.9 (x - x_0).
/// </remarks>
static class BoundaryWalk
{
    const double Overshoot = 1.05;
    const double LargestPull = 0.1;
    const double Back = 0.9;

    /// <summary>Walks until every image is broken inside the ball or the steps are used.</summary>
    /// <param name="active">The images.</param>
    /// <param name="ranks">The target classes whose boundaries count, 0 being the likeliest on the clean image.</param>
    /// <param name="fromRandomPoint">Whether it starts half a radius away; else at the clean image.</param>
    /// <param name="steps">Steps.</param>
    public static void Walk(ActiveSet active, IReadOnlyList<int> ranks, bool fromRandomPoint, int steps)
    {
        if (fromRandomPoint)
            active.MoveToRandomEdge();
        using var half = (active.Images + active.Clean) / 2;
        var walker = active.Remember(half);
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            walker.Set(Step(active, walker.Value, ranks));
            active.ReportProgress((step + 1.0) / steps);
            if (active.EvaluateAt(walker.Value) is not { } here)
                return;
            walker.SetWhere(here.IsMet, active.Clean + Back * (walker.Value - active.Clean));
        }
    }

    static Tensor Step(ActiveSet active, Tensor images, IReadOnlyList<int> ranks)
    {
        using var scope = NewDisposeScope();
        var (ball, clean) = (active.Ball, active.Clean);
        var (lead, normal) = active.NearestBoundary(images, ranks);
        var onto = Hyperplane.Change(ball.Norm, images, normal, -lead);
        var fromClean = Hyperplane.Change(ball.Norm, clean, normal, (normal * (images - clean)).sum([1, 2, 3]) - lead);
        var (way, cleanWay) = (ball.Length(onto).clamp(min: 1e-8), ball.Length(fromClean).clamp(min: 1e-8));
        var pull = (way / (way + cleanWay)).clamp(max: LargestPull).view(-1, 1, 1, 1);
        if (HostMemory.Holds(images, onto, clean, fromClean))
        {
            var pulls = HostMemory.ReadFloats(pull);
            return LinfSteps.Between(images, onto, clean, fromClean, pulls, (float)Overshoot)
                .MoveToOuterDisposeScope();
        }
        var next = (1 - pull) * (images + Overshoot * onto) + pull * (clean + Overshoot * fromClean);
        return next.clamp(0, 1).MoveToOuterDisposeScope();
    }
}
