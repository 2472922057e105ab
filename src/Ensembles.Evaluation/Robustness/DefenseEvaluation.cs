using System.Diagnostics;
using Ensembles.Attacks;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// The evaluation of one defense, radius by radius: its attacks are run on the images whose fate is open, and what they
/// find is judged, once, by the defense's exact decision.
/// </summary>
sealed class DefenseEvaluation
{
    readonly AttackSurface surface;
    readonly LabeledImages images;
    readonly Norm norm;
    readonly double[] radii;
    readonly EvaluationOptions options;
    readonly HashSet<int> attacked = [];

    /// <summary>Prepares the evaluation; nothing is judged yet.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="name">Its name.</param>
    /// <param name="images">The test images.</param>
    /// <param name="norm">The threat's norm.</param>
    /// <param name="radii">The radii, positive and ascending.</param>
    /// <param name="options">Seed, draws, batch size, cancellation.</param>
    /// <exception cref="InvalidOperationException">A module is in training mode.</exception>
    public DefenseEvaluation(
        AttackSurface surface,
        string name,
        LabeledImages images,
        Norm norm,
        double[] radii,
        EvaluationOptions options)
    {
        EvaluationMode.ThrowIfTraining(surface.Modules, name);
        (this.surface, Name, this.images, this.norm, this.radii, this.options) =
            (surface, name, images, norm, radii, options);
        Judge = new Judge(surface, name, images, norm, options);
    }

    public string Name { get; }

    public Judge Judge { get; }

    /// <summary>
    /// For each clean image, the draws in which it is accepted; null until the clean images are judged.
    /// </summary>
    public int[]? Accepted { get; private set; }

    /// <summary>What the defense survives before any attack.</summary>
    public Survival Clean { get; private set; } = null!;

    /// <summary>
    /// What it still survives of its own attacks, in the draws they were judged in: where to attack on.
    /// </summary>
    public Survival Standing { get; private set; } = null!;

    /// <summary>
    /// Whether anything but the right label is aimed at besides a wrong one: without anything to reject with the two
    /// are the same. What has rejected may, whatever it says.
    /// </summary>
    bool MayReject => surface.MayReject || Judge.HasRejected;

    /// <summary>Judges the clean images.</summary>
    public void JudgeClean()
    {
        (Accepted, Clean) = Judge.JudgeClean(radii);
        Standing = Clean.Copy();
    }

    /// <summary>Continues after the attacks at the radius of index <paramref name="level"/>.</summary>
    public void Resume(Survival standing, int[] accepted, int level)
    {
        (Standing, Accepted) = (standing.Copy(), accepted);
        Clean = Survival.OfClean(radii, Judge.Draws, standing.Lenient[0]);
        attacked.Add(level);
    }

    /// <summary>Runs the attacks at one radius, each on the images still open.</summary>
    /// <param name="level">The index of the radius, from 1.</param>
    /// <param name="attacks">The attacks.</param>
    /// <param name="starts">
    /// Images known to be adversarial for parts of the defense, from which attacks may start.
    /// </param>
    /// <param name="progress">Receives the share of the work done; null for nobody.</param>
    public AttackFindings Attack(
        int level, IReadOnlyList<IAttack> attacks, IReadOnlyList<Candidates> starts, IProgress<double>? progress)
    {
        var findings = new AttackFindings([], []);
        var (done, count) = (0, attacks.Count * (MayReject ? 2 : 1));
        foreach (var criterion in (Criterion[])[Criterion.Misclassified, Criterion.Disrupted])
        {
            if (criterion == Criterion.Disrupted && !MayReject)
                break;
            foreach (var attack in attacks)
            {
                var open = Open(level, criterion);
                if (open.Length > 0)
                {
                    var share = progress is null || done >= count
                        ? null
                        : new ShareOfProgress(progress, (double)done / count, 1.0 / count);
                    Attack(level, attack, criterion, open, starts, share, findings);
                }
                done++;
                progress?.Report(Math.Min(1, (double)done / count));
            }
        }
        attacked.Add(level);
        return findings;
    }

    /// <summary>Images whose fate an attack at this radius can still change.</summary>
    int[] Open(int level, Criterion criterion)
    {
        var counts = Standing.Under(criterion);
        var above = attacked.Where(other => other > level).DefaultIfEmpty(-1).Min();
        return [.. Enumerable.Range(0, images.Count).Where(image =>
            !Judge.HasFallen(counts[level][image]) &&
            // A larger ball in which nothing was found leaves nothing to find in a smaller one.
            (above < 0 || counts[above][image] < Judge.Draws))];
    }

    void Attack(
        int level,
        IAttack attack,
        Criterion criterion,
        int[] open,
        IReadOnlyList<Candidates> starts,
        IProgress<double>? progress,
        AttackFindings findings)
    {
        var threat = new ThreatModel(norm, radii[level - 1]);
        var record = new AttackRecord(
            Name, attack.Name, criterion.Name, threat.Epsilon, open.Length, 0, 0, 0, 0, Seconds: 0, Fault: null);
        var watch = Stopwatch.StartNew();
        try
        {
            using var scope = NewDisposeScope();
            using var index = HostMemory.Index(open, images.Images.device);
            using var result = attack.Run(
                surface,
                images.Images.index_select(0, index),
                images.Labels.index_select(0, index),
                threat,
                new AttackOptions
                {
                    Criterion = criterion,
                    Seed = options.Seed,
                    BatchSize = options.BatchSize,
                    StartingImages = [.. starts.Select(start => start.InPlaceOf(images.Images, open))],
                    Progress = progress,
                    Cancellation = options.Cancellation,
                });
            var source = Invariant($"{attack.Name}, {criterion}, {norm} {threat.Epsilon}, against {Name}");
            var candidates = new Candidates(source, open, result.Images.detach().clone().DetachFromDisposeScope());
            var distances = DistancesInside(threat, attack, candidates);
            int[] before = [.. open.Select(image => Standing.Under(criterion)[level][image])];
            findings.Found.Add(JudgeFound(candidates));
            int[] claimed = [.. Enumerable.Range(0, open.Length).Where(i => result.Success[i] && distances[i] > 0)];
            var confirmed = claimed.Count(i => Standing.Under(criterion)[level][open[i]] < before[i]);
            // A few images on the decision boundary may flip with the batch they are evaluated in; many may not.
            var isFalse = !Judge.IsRandomized && confirmed < 0.95 * claimed.Length - 1;
            findings.Records.Add(record with
            {
                Claimed = claimed.Length,
                Confirmed = confirmed,
                Forwards = result.Forwards,
                Backwards = result.Backwards,
                Seconds = watch.Elapsed.TotalSeconds,
                Warnings = result.Warnings,
                Fault = !isFalse ? null : Invariant(
                    $"{attack.Name} claims {claimed.Length} successes on {Name} at {norm} {threat.Epsilon}; ")
                    + $"the exact decision confirms {confirmed}.",
            });
        }
        catch (ZeroGradientException e)
        {
            findings.Records.Add(record with
            {
                Seconds = watch.Elapsed.TotalSeconds,
                Fault = Invariant($"{attack.Name} had no gradient to follow on {Name} at {norm} {threat.Epsilon} ")
                    + $"({open.Length} images): {e.Message}",
            });
        }
    }

    /// <summary>Judges what an attack found, and lowers what stands by it.</summary>
    JudgedCandidates JudgeFound(Candidates candidates)
    {
        var judged = Judge.Try(candidates, Standing);
        foreach (var (row, level, lenient, strict) in judged.Outcomes)
            Standing.Lower(candidates.Indices[row], level, lenient, strict);
        return judged;
    }

    /// <summary>The sizes of the perturbations, none of which may leave the ball.</summary>
    double[] DistancesInside(ThreatModel threat, IAttack attack, Candidates candidates)
    {
        var distances = candidates.Distances(images.Images, norm);
        if (!distances.Any(distance => distance > threat.Epsilon + Candidates.Tolerance))
            return distances;
        candidates.Dispose();
        throw new InvalidOperationException(Invariant(
            $"{attack.Name} left the ball: a perturbation of {distances.Max()} where {threat.Epsilon} is allowed."));
    }
}

/// <summary>What the attacks on a defense at one radius found.</summary>
/// <param name="Found">The candidates, judged.</param>
/// <param name="Records">A record of each run.</param>
sealed record AttackFindings(List<JudgedCandidates> Found, List<AttackRecord> Records);
