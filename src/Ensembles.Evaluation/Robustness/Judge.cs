using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Judges one defense by its exact decision, on clean images and on candidates.</summary>
sealed class Judge
{
    readonly AttackSurface surface;
    readonly string name;
    readonly LabeledImages images;
    readonly long[] labels;
    readonly Norm norm;
    readonly EvaluationOptions options;

    /// <param name="surface">The defense.</param>
    /// <param name="name">Its name, on which its draws depend.</param>
    /// <param name="images">The test images.</param>
    /// <param name="norm">The threat's norm.</param>
    /// <param name="options">Seed, draws, batch size, cancellation.</param>
    public Judge(AttackSurface surface, string name, LabeledImages images, Norm norm, EvaluationOptions options)
    {
        (this.surface, this.name, this.images, this.norm, this.options) = (surface, name, images, norm, options);
        labels = HostMemory.ReadLongs(images.Labels);
        IsRandomized = surface.Modules.Any(Ensembles.Draws.IsRandomized);
        Draws = IsRandomized ? options.Draws : 1;
    }

    /// <summary>Whether the defense draws random numbers.</summary>
    public bool IsRandomized { get; }

    /// <summary>k, the draws in which each image is judged; 1 for a deterministic defense.</summary>
    public int Draws { get; }

    /// <summary>Whether it has rejected an image that was judged.</summary>
    public bool HasRejected { get; private set; }

    /// <summary>Judges the clean images.</summary>
    /// <param name="radii">The radii of the survival returned, positive and ascending.</param>
    /// <returns>
    /// For each image the draws in which it is accepted under any label, and what the defense survives before any
    /// attack.
    /// </returns>
    public (int[] Accepted, Survival Clean) JudgeClean(IEnumerable<double> radii)
    {
        var decided = Decided(images.Images, "clean");
        int[] Count(Func<long, int, bool> counts) =>
            [.. Enumerable.Range(0, labels.Length).Select(i => decided.Count(draw => counts(draw[i], i)))];
        var right = Count((label, i) => label == labels[i]);
        return (Count((label, _) => label != Decision.Reject), Survival.OfClean(radii, Draws, right));
    }

    /// <summary>
    /// Judges the candidates inside the largest radius, except those of images that have fallen already at the
    /// candidate's radius.
    /// </summary>
    /// <param name="candidates">Perturbed images.</param>
    /// <param name="known">What the defense is known to survive at most.</param>
    public JudgedCandidates Try(Candidates candidates, Survival known)
    {
        var distances = candidates.Distances(images.Images, norm);
        int LevelOf(double distance) =>
            Array.FindIndex(known.Epsilons, 1, radius => distance <= radius + Candidates.Tolerance);
        int[] levels = [.. distances.Select(LevelOf)];
        bool IsOpen(int row) => distances[row] > 0 && levels[row] > 0
            && !HasFallen(known.Lenient[levels[row]][candidates.Indices[row]]);
        int[] rows = [.. Enumerable.Range(0, levels.Length).Where(IsOpen)];
        if (rows.Length == 0)
            return new JudgedCandidates(candidates, []);
        using var index = HostMemory.Index(rows, candidates.Images.device);
        using var open = candidates.Images.index_select(0, index);
        var survived = CountSurvivedDraws(open, [.. rows.Select(row => candidates.Indices[row])], candidates.Source);
        return new JudgedCandidates(candidates, [.. rows.Zip(survived, (row, draws) =>
            new CandidateOutcome(row, levels[row], draws.Lenient, draws.Strict))]);
    }

    /// <summary>The number of draws in which each of some perturbed images is survived.</summary>
    /// <param name="shown">Perturbed images [n, C, H, W].</param>
    /// <param name="indices">For each, the index of the clean image it perturbs.</param>
    /// <param name="purpose">What the draws are for: draws for another purpose are other draws.</param>
    public (int Lenient, int Strict)[] CountSurvivedDraws(Tensor shown, int[] indices, string purpose)
    {
        var decided = Decided(shown, purpose);
        return [.. indices.Select((image, i) =>
        {
            var right = decided.Count(draw => draw[i] == labels[image]);
            return (right + decided.Count(draw => draw[i] == Decision.Reject), right);
        })];
    }

    long[][] Decided(Tensor shown, string purpose)
    {
        var decided = Decide(surface, shown, Draws, Seeds.Of(options.Seed, name, purpose), options);
        HasRejected |= decided.Any(draw => draw.Contains(Decision.Reject));
        return decided;
    }

    /// <summary>Whether an image has fallen: attacks stop once half of the draws fall.</summary>
    public bool HasFallen(int survivedDraws) => 2 * survivedDraws <= Draws;

    /// <summary>
    /// A defense's labels [draw][image], <see cref="Decision.Reject"/> where it rejects, in fresh draws from a seed.
    /// </summary>
    public static long[][] Decide(AttackSurface surface, Tensor images, int draws, int seed, EvaluationOptions options)
    {
        var count = (int)images.size(0);
        var labels = Enumerable.Range(0, draws).Select(_ => new long[count]).ToArray();
        random.manual_seed(seed);
        var step = Math.Max(1, options.BatchSize / draws);
        for (var start = 0; start < count; start += step)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var size = Math.Min(step, count - start);
            using var output = surface.Evaluate(images.narrow(0, start, size), draws);
            // Rows are draw-major: row s * size + n is draw s of image n.
            var decided = HostMemory.ReadLongs(output.Labels);
            for (var draw = 0; draw < draws; draw++)
                Array.Copy(decided, draw * size, labels[draw], start, size);
        }
        return labels;
    }
}

/// <summary>Candidates with what one defense made of them.</summary>
/// <param name="Candidates">The candidates.</param>
/// <param name="Outcomes">The outcomes of those judged; the rest were out of reach or could change nothing.</param>
sealed record JudgedCandidates(Candidates Candidates, IReadOnlyList<CandidateOutcome> Outcomes);

/// <summary>How a defense withstood one candidate.</summary>
/// <param name="Row">The candidate's row among the candidates.</param>
/// <param name="Level">The index of the smallest radius it lies in.</param>
/// <param name="Lenient">Draws in which it is right or rejected.</param>
/// <param name="Strict">Draws in which it is right.</param>
sealed record CandidateOutcome(int Row, int Level, int Lenient, int Strict);
