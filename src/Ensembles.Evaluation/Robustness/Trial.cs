using System.Diagnostics;
using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>One defense on trial: attacked where its fate is open, and shown candidates.</summary>
sealed class Trial
{
    readonly AttackSurface surface;
    readonly LabeledImages images;
    readonly long[] labels;
    readonly Norm norm;
    readonly IReadOnlyList<double> radii;
    readonly EvaluationOptions options;
    readonly HashSet<int> attacked = [];

    /// <summary>Opens the trial; nothing is judged yet.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="name">Its name.</param>
    /// <param name="images">The test images.</param>
    /// <param name="norm">The threat's norm.</param>
    /// <param name="radii">The radii, positive and ascending.</param>
    /// <param name="options">Seed, draws, batch size, cancellation.</param>
    public Trial(AttackSurface surface, string name, LabeledImages images, Norm norm, IReadOnlyList<double> radii, EvaluationOptions options)
    {
        (this.surface, Name, this.images, this.norm, this.radii, this.options) = (surface, name, images, norm, radii, options);
        using var cpu = images.Labels.cpu();
        labels = cpu.data<long>().ToArray();
        Draws = surface.Modules.Any(Ensembles.Draws.IsRandomized) ? options.Draws : 1;
    }

    public string Name { get; }

    public int Draws { get; }

    /// <summary>For each clean image, the draws in which it is accepted; null before the clean images were judged.</summary>
    public int[]? Accepted { get; private set; }

    /// <summary>What the defense survives before any attack.</summary>
    public Survival Clean { get; private set; } = null!;

    /// <summary>What it still survives of its own attacks, in the draws they were confirmed by: where to attack on.</summary>
    public Survival Standing { get; private set; } = null!;

    // A lone member without a gate has nothing to reject with: both objectives are one.
    IEnumerable<Criterion> Criteria =>
        surface.Gates.Count > 0 || surface.Members.Count > 1 ? [Criterion.Misclassified, Criterion.Disrupted] : [Criterion.Misclassified];

    /// <summary>Judges the clean images.</summary>
    public void JudgeClean()
    {
        var decided = ExactDecision.Decide(surface, images.Images, Draws, Seeds.Of(options.Seed, Name, "clean"), options);
        var indices = Enumerable.Range(0, labels.Length);
        Accepted = [.. indices.Select(image => decided.Count(draw => draw[image] != Decision.Reject))];
        Clean = Survival.OfClean(radii, Draws, [.. indices.Select(image => decided.Count(draw => draw[image] == labels[image]))]);
        Standing = Clean.Copy();
    }

    /// <summary>Takes up a trial after the attacks at the radius of index <paramref name="level"/>.</summary>
    public void Resume(Survival standing, int[] accepted, int level)
    {
        (Standing, Accepted) = (standing.Copy(), accepted);
        Clean = Survival.OfClean(radii, Draws, standing.Lenient[0]);
        attacked.Add(level);
    }

    /// <summary>
    /// Runs the attacks at the radius of index <paramref name="level"/>, each on the images still open, from images that
    /// are known to be adversarial elsewhere.
    /// </summary>
    public (List<Candidates> Found, List<AttackRecord> Records) Attack(
        int level, IReadOnlyList<IAttack> attacks, IReadOnlyList<Candidates> known, IProgress<double>? progress)
    {
        var (found, records) = (new List<Candidates>(), new List<AttackRecord>());
        var runs = Criteria.SelectMany(criterion => attacks.Select(attack => (attack, criterion))).ToList();
        for (var i = 0; i < runs.Count; i++)
        {
            var (attack, criterion) = runs[i];
            var open = Open(level, criterion);
            if (open.Length > 0)
            {
                var share = progress is null ? null : new Share(progress, (double)i / runs.Count, 1.0 / runs.Count);
                records.Add(Attack(level, attack, criterion, open, known, share, found));
            }
            progress?.Report((i + 1.0) / runs.Count);
        }
        attacked.Add(level);
        return (found, records);
    }

    /// <summary>
    /// Shows the defense the candidates inside the largest radius, except those of images that have fallen already at the candidate's
    /// radius: for each its row, the index of its radius, and the draws survived leniently and strictly.
    /// </summary>
    public IEnumerable<(int Row, int Level, int Lenient, int Strict)> Show(Candidates candidates, Survival known)
    {
        var distances = candidates.Distances(images.Images, norm);
        var levels = distances.Select(distance => Array.FindIndex(known.Epsilons, 1, e => distance <= e + Candidates.Tolerance)).ToArray();
        var rows = Enumerable.Range(0, levels.Length)
            .Where(row => distances[row] > 0 && levels[row] > 0 && !HasFallen(known.Lenient[levels[row]][candidates.Indices[row]]))
            .ToArray();
        if (rows.Length == 0)
            return [];
        using var chosen = candidates.Images.index_select(0, Index(rows));
        var outcomes = Count(chosen, [.. rows.Select(row => candidates.Indices[row])], candidates.Source);
        return rows.Zip(outcomes, (row, outcome) => (row, levels[row], outcome.Lenient, outcome.Strict));
    }

    /// <summary>For each of the images shown in place of clean ones, the draws survived leniently and strictly, under fresh draws named by <paramref name="draw"/>.</summary>
    public IReadOnlyList<(int Lenient, int Strict)> Count(Tensor shown, int[] indices, string draw)
    {
        var decided = ExactDecision.Decide(surface, shown, Draws, Seeds.Of(options.Seed, Name, draw), options);
        return [.. indices.Select((image, i) =>
        {
            var right = decided.Count(labelled => labelled[i] == labels[image]);
            return (right + decided.Count(labelled => labelled[i] == Decision.Reject), right);
        })];
    }

    /// <summary>Images whose fate an attack at this radius can still change.</summary>
    int[] Open(int level, Criterion criterion)
    {
        var counts = Standing.Under(criterion);
        var above = attacked.Where(other => other > level).DefaultIfEmpty(-1).Min();
        return [.. Enumerable.Range(0, labels.Length).Where(image =>
            !HasFallen(counts[level][image]) &&
            // A larger ball in which nothing was found leaves nothing to find in a smaller one.
            (above < 0 || counts[above][image] < Draws))];
    }

    // Attacks are content once most draws fall; a deterministic defense has one.
    bool HasFallen(int draws) => 2 * draws <= Draws;

    AttackRecord Attack(
        int level, IAttack attack, Criterion criterion, int[] open, IReadOnlyList<Candidates> known, IProgress<double>? progress,
        List<Candidates> found)
    {
        var epsilon = Standing.Epsilons[level];
        var record = new AttackRecord(Name, attack.Name, criterion.Name, epsilon, open.Length, 0, 0, 0, 0, 0, null);
        var watch = Stopwatch.StartNew();
        try
        {
            using var scope = NewDisposeScope();
            var index = Index(open);
            using var result = attack.Run(surface, images.Images.index_select(0, index), images.Labels.index_select(0, index), new ThreatModel(norm, epsilon), new AttackOptions
            {
                Criterion = criterion,
                Seed = options.Seed,
                BatchSize = options.BatchSize,
                StartingImages = [.. known.Select(candidates => candidates.InPlaceOf(images.Images, open))],
                Progress = progress,
                Cancellation = options.Cancellation,
            });
            var source = FormattableString.Invariant($"{attack.Name}, {criterion}, {norm} {epsilon}, against {Name}");
            var candidates = new Candidates(source, open, result.Images.detach().clone().DetachFromDisposeScope());
            found.Add(candidates);

            var distances = candidates.Distances(images.Images, norm);
            if (distances.Any(distance => distance > epsilon + Candidates.Tolerance))
                throw new InvalidOperationException(FormattableString.Invariant($"{attack.Name} left the ball: a perturbation of {distances.Max()} where {epsilon} is allowed."));

            var before = open.Select(image => Standing.Under(criterion)[level][image]).ToArray();
            foreach (var (row, at, lenient, strict) in Show(candidates, Standing))
                Standing.Lower(open[row], at, lenient, strict);
            var claimed = Enumerable.Range(0, open.Length).Where(i => result.Success[i] && distances[i] > 0).ToArray();
            var confirmed = claimed.Count(i => Standing.Under(criterion)[level][open[i]] < before[i]);
            return record with
            {
                Claimed = claimed.Length,
                Confirmed = confirmed,
                Forwards = result.Forwards,
                Backwards = result.Backwards,
                Seconds = watch.Elapsed.TotalSeconds,
                Warnings = result.Warnings,
                // A few images on the decision boundary may flip with the batch they are evaluated in; many may not.
                Fault = Draws == 1 && confirmed < 0.95 * claimed.Length - 1
                    ? FormattableString.Invariant($"{attack.Name} claims {claimed.Length} successes on {Name} at {norm} {epsilon}; the exact decision confirms {confirmed}.")
                    : null,
            };
        }
        catch (ZeroGradientException e)
        {
            return record with
            {
                Seconds = watch.Elapsed.TotalSeconds,
                Fault = FormattableString.Invariant($"{attack.Name} had no gradient to follow on {Name} at {norm} {epsilon} ({open.Length} images): {e.Message}"),
            };
        }
    }

    Tensor Index(int[] indices) => tensor(indices.Select(i => (long)i).ToArray(), device: images.Images.device);

    /// <summary>Reports a part's progress as a share of the whole's.</summary>
    sealed class Share(IProgress<double> whole, double start, double width) : IProgress<double>
    {
        public void Report(double value) => whole.Report(start + width * value);
    }
}
