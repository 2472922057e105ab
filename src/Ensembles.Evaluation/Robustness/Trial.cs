using System.Diagnostics;
using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>One defense on trial: attacked and judged until its fate on every image is known.</summary>
sealed class Trial
{
    readonly AttackSurface surface;
    readonly LabeledImages images;
    readonly long[] labels;
    readonly Norm norm;
    readonly EvaluationRun run;
    readonly HashSet<int> attacked = [];

    public Trial(AttackSurface surface, string name, LabeledImages images, Norm norm, EvaluationRun run)
    {
        (this.surface, Name, this.images, this.norm, this.run) = (surface, name, images, norm, run);
        using var cpu = images.Labels.cpu();
        labels = cpu.data<long>().ToArray();
        Draws = surface.Modules.Any(Ensembles.Draws.IsRandomized) ? run.Draws : 1;
    }

    public string Name { get; }

    public int Draws { get; }

    public Survival Survival { get; private set; } = null!;

    public int[] Accepted { get; private set; } = [];

    // A lone member without a gate has nothing to reject with: both objectives are one.
    IEnumerable<Objective> Objectives =>
        surface.Gates.Count > 0 || surface.Members.Count > 1 ? [Objective.Misclassify, Objective.Disrupt] : [Objective.Misclassify];

    /// <summary>Judges the clean images; the radii are positive and ascending.</summary>
    public void JudgeClean(IReadOnlyList<double> radii)
    {
        var decided = ExactDecision.Labels(surface, images.Images, Draws, StableSeed.Of(run.Seed, Name, "clean"), run);
        var indices = Enumerable.Range(0, labels.Length);
        Accepted = [.. indices.Select(image => decided.Count(draw => draw[image] != Decision.Reject))];
        Survival = Survival.OfClean(radii, Draws, [.. indices.Select(image => decided.Count(draw => draw[image] == labels[image]))]);
    }

    /// <summary>Takes up a trial where it was left.</summary>
    public void Resume(Survival survival, int[] accepted, int level)
    {
        (Survival, Accepted) = (survival.Copy(), accepted);
        attacked.Add(level);
    }

    /// <summary>Runs the attacks at the radius of index <paramref name="level"/>, each on the images still open, and judges what they find.</summary>
    public (List<Candidates> Found, List<AttackRecord> Records) Attack(int level, IReadOnlyList<IAttack> attacks, IProgress<double>? progress)
    {
        var (found, records) = (new List<Candidates>(), new List<AttackRecord>());
        var runs = Objectives.SelectMany(objective => attacks.Select(attack => (attack, objective))).ToList();
        for (var i = 0; i < runs.Count; i++)
        {
            var done = i;
            var (attack, objective) = runs[i];
            var open = Open(level, objective);
            if (open.Length > 0)
            {
                var share = progress is null ? null : new Share(progress, (double)done / runs.Count, 1.0 / runs.Count);
                records.Add(Attack(level, attack, objective, open, share, found));
            }
            progress?.Report((done + 1.0) / runs.Count);
        }
        attacked.Add(level);
        return (found, records);
    }

    /// <summary>Judges candidates made against another defense; those outside the largest radius are ignored.</summary>
    public void Judge(Candidates candidates) => Judge(candidates, Survival);

    /// <summary>Judges candidates against a table that starts from the clean images alone.</summary>
    public void Judge(Candidates candidates, Survival survival)
    {
        var distances = candidates.Distances(images.Images, norm);
        // Where every draw has fallen already, at the candidate's radius, nothing can change.
        var levels = distances.Select(distance => Array.FindIndex(survival.Epsilons, 1, e => distance <= e + Candidates.Tolerance)).ToArray();
        var rows = Enumerable.Range(0, levels.Length)
            .Where(row => distances[row] > 0 && levels[row] > 0 && survival.Lenient[levels[row]][candidates.Indices[row]] > 0)
            .ToArray();
        if (rows.Length == 0)
            return;

        using var chosen = candidates.Images.index_select(0, Index(rows));
        var decided = ExactDecision.Labels(surface, chosen, Draws, StableSeed.Of(run.Seed, Name, candidates.Source), run);
        for (var i = 0; i < rows.Length; i++)
        {
            var image = candidates.Indices[rows[i]];
            var right = decided.Count(draw => draw[i] == labels[image]);
            var rejected = decided.Count(draw => draw[i] == Decision.Reject);
            survival.Lower(image, levels[rows[i]], lenient: right + rejected, strict: right);
        }
    }

    public RobustnessResult Result(IReadOnlyList<AttackRecord> records) => new() { Name = Name, Survival = Survival, Accepted = Accepted, Attacks = records };

    /// <summary>Images whose fate an attack at this radius can still change.</summary>
    int[] Open(int level, Objective objective)
    {
        var counts = Survival.Under(objective);
        var above = attacked.Where(other => other > level).DefaultIfEmpty(-1).Min();
        return [.. Enumerable.Range(0, labels.Length).Where(image =>
            // Attacks are content once most draws fall; a deterministic defense has one.
            2 * counts[level][image] > Draws &&
            // A larger ball in which nothing was found leaves nothing to find in a smaller one.
            (above < 0 || counts[above][image] < Draws))];
    }

    AttackRecord Attack(int level, IAttack attack, Objective objective, int[] open, IProgress<double>? progress, List<Candidates> found)
    {
        var epsilon = Survival.Epsilons[level];
        var record = new AttackRecord(Name, attack.Name, objective, epsilon, open.Length, 0, 0, 0, 0, 0, null);
        var watch = Stopwatch.StartNew();
        try
        {
            using var scope = NewDisposeScope();
            using var index = Index(open);
            using var chosen = images.Images.index_select(0, index);
            using var truth = images.Labels.index_select(0, index);
            using var result = attack.Run(surface, chosen, truth, new ThreatModel(norm, epsilon), new AttackRun
            {
                Objective = objective,
                Seed = run.Seed,
                BatchSize = run.BatchSize,
                Progress = progress,
                Cancellation = run.Cancellation,
            });
            var source = FormattableString.Invariant($"{attack.Name}, {objective}, {norm} {epsilon}, against {Name}");
            var candidates = new Candidates(source, open, result.Images.detach().clone().DetachFromDisposeScope());
            found.Add(candidates);

            var distances = candidates.Distances(images.Images, norm);
            if (distances.Any(distance => distance > epsilon + Candidates.Tolerance))
                throw new InvalidOperationException(FormattableString.Invariant($"{attack.Name} left the ball: a perturbation of {distances.Max()} where {epsilon} is allowed."));

            var before = open.Select(image => Survival.Under(objective)[level][image]).ToArray();
            Judge(candidates, Survival);
            var claimed = Enumerable.Range(0, open.Length).Where(i => result.Success[i] && distances[i] > 0).ToArray();
            var confirmed = claimed.Count(i => Survival.Under(objective)[level][open[i]] < before[i]);
            return record with
            {
                Claimed = claimed.Length,
                Confirmed = confirmed,
                Forwards = result.Forwards,
                Backwards = result.Backwards,
                Seconds = watch.Elapsed.TotalSeconds,
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
