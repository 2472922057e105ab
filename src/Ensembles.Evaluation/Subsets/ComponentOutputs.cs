using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// What each component of an ensemble says of the clean images and of every adversarial image that was found: asked
/// once, so that any subset of them can decide without being asked again.
/// </summary>
/// <param name="Members">Names of the M members.</param>
/// <param name="Gates">Names of the G gates.</param>
/// <param name="Draws">D, the draws of each image; 1 where nothing is random.</param>
/// <param name="Images">For each of the R rows the clean image it stands for; the first N are these themselves.</param>
/// <param name="Logits">Float32 [M, R D, K].</param>
/// <param name="GateScores">Float32 [G, R D].</param>
sealed record ComponentOutputs(
    IReadOnlyList<string> Members,
    IReadOnlyList<string> Gates,
    int Draws,
    int[] Images,
    Tensor Logits,
    Tensor GateScores) : IDisposable
{
    /// <summary>
    /// Draws of a randomised ensemble: each costs a pass, and the means over images that follow from them are steady.
    /// </summary>
    const int MostDraws = 4;

    /// <summary>Asks the components.</summary>
    /// <param name="surface">The whole ensemble's.</param>
    /// <param name="images">The clean images [N, C, H, W].</param>
    /// <param name="candidates">Adversarial images of them, all inside the threat's ball.</param>
    /// <param name="options">Seed, draws, batch size, cancellation.</param>
    public static ComponentOutputs Ask(
        AttackSurface surface, Tensor images, IReadOnlyList<Candidates> candidates, EvaluationOptions options)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var draws = surface.Modules.Any(Ensembles.Draws.IsRandomized) ? Math.Min(options.Draws, MostDraws) : 1;
        var step = Math.Max(1, options.BatchSize / draws);
        List<Tensor> logits = [], gateScores = [];
        random.manual_seed(Seeds.Of(options.Seed, "subsets"));
        foreach (var shown in candidates.Select(found => found.Images).Prepend(images))
        {
            for (var start = 0L; start < shown.size(0); start += step)
            {
                options.Cancellation.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                var batch = shown.narrow(0, start, Math.Min(step, shown.size(0) - start));
                using var output = surface.Evaluate(batch, draws);
                logits.Add(ByImage(output.MemberLogits, draws).MoveToOuterDisposeScope());
                gateScores.Add(ByImage(output.GateScores, draws).MoveToOuterDisposeScope());
            }
        }

        return new ComponentOutputs(
            surface.Members,
            surface.Gates,
            draws,
            [.. Enumerable.Range(0, (int)images.size(0)), .. candidates.SelectMany(found => found.Indices)],
            cat(logits, 1).MoveToOuterDisposeScope(),
            cat(gateScores, 1).MoveToOuterDisposeScope());
    }

    public void Dispose()
    {
        Logits.Dispose();
        GateScores.Dispose();
    }

    /// <summary>Rows by draw, [A, D n, ...], as rows by image, each with its draws: [A, n D, ...].</summary>
    static Tensor ByImage(Tensor drawn, int draws) =>
        drawn.unflatten(1, [draws, drawn.size(1) / draws]).transpose(1, 2).flatten(1, 2);
}
