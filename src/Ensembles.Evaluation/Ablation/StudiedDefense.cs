using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>
/// One defense of a study, whose finished units are kept: the whole, a member alone, or the ensemble with one component
/// left out.
/// </summary>
sealed class StudiedDefense : IDisposable
{
    readonly AblationStudy study;
    readonly UnitFolder folder;
    readonly string fileName;
    readonly double[] radii;
    readonly EvaluationOptions options;
    readonly DefenseEvaluation evaluation;
    readonly List<AttackRecord> records = [];
    readonly Dictionary<double, IReadOnlyList<JudgedCandidates>> found = [];
    string key;

    /// <summary>Prepares the evaluation; nothing is attacked yet.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="name">Its name in reports.</param>
    /// <param name="fileName">Its name in the folder of finished units.</param>
    /// <param name="radii">The radii it is attacked at, ascending; the threat's is one of them.</param>
    /// <param name="study">The study.</param>
    /// <param name="options">Seed, draws, batch size, cancellation.</param>
    /// <param name="imagesKey">The fingerprint of the study's images.</param>
    /// <param name="folder">Where finished units are kept.</param>
    public StudiedDefense(
        AttackSurface surface,
        string name,
        string fileName,
        double[] radii,
        AblationStudy study,
        EvaluationOptions options,
        string imagesKey,
        UnitFolder folder)
    {
        evaluation = new DefenseEvaluation(surface, name, study.Images, study.Threat.Norm, radii, options);
        (Surface, Name, this.fileName, this.radii) = (surface, name, fileName, radii);
        (this.study, this.options, this.folder) = (study, options, folder);
        key = Fingerprint.OfWords([
            "3", name, Fingerprint.OfDefense(surface, study.Images.Images), imagesKey, $"{study.Threat.Norm}",
            .. radii.Select(radius => Invariant($"{radius:R}")),
            .. study.Attacks.Select(attack => $"{AttackDescription.Describe(attack)} {attack.Name}"),
            Invariant($"{options.Seed} {options.BatchSize} {options.Draws}")]);
    }

    public AttackSurface Surface { get; }

    public string Name { get; }

    /// <summary>The component left out; empty for the whole and the members.</summary>
    public string Component { get; init; } = "";

    /// <summary>
    /// The radii in the order they are attacked: the threat's first, on every image; then the smaller ones downwards,
    /// on images that fell at the next larger one; then the larger ones upwards, on images that still stand.
    /// </summary>
    public IEnumerable<double> Order =>
    [
        study.Threat.Epsilon,
        .. radii.Where(radius => radius < study.Threat.Epsilon).Reverse(),
        .. radii.Where(radius => radius > study.Threat.Epsilon),
    ];

    /// <summary>Everything found against this defense, in the order it was attacked.</summary>
    public IEnumerable<JudgedCandidates> Found => Order.SelectMany(radius => found.GetValueOrDefault(radius, []));

    /// <summary>
    /// What the defense survives if only the candidates made against the whole are replayed; for the whole, what it
    /// survives of its own attack.
    /// </summary>
    public Survival Replay { get; private set; } = null!;

    /// <summary>How robust the defense is against everything found.</summary>
    public RobustnessResult Result { get; private set; } = null!;

    /// <summary>Attacks the defense at one radius, or takes up what an earlier run finished.</summary>
    /// <param name="radius">One of the radii.</param>
    /// <param name="parts">
    /// Defenses attacked before, from whose adversarial images of this radius the attack starts.
    /// </param>
    /// <param name="progress">Receives the share of the work done.</param>
    public void Attack(double radius, IReadOnlyList<StudiedDefense> parts, IProgress<double> progress)
    {
        var name = Invariant($"{fileName}-{study.Threat.Norm}-{radius}");
        var level = Array.IndexOf(radii, radius) + 1;
        key = Fingerprint.OfWords(key, Invariant($"{radius:R}"));
        if (folder.Load(name, key, study.Images.Images.device) is { } stored)
        {
            evaluation.Resume(stored.Unit.Survival, stored.Unit.Accepted, level);
            records.AddRange(stored.Unit.Records);
            found[radius] = stored.Found;
        }
        else
        {
            if (evaluation.Accepted is null)
                evaluation.JudgeClean();
            var starts = parts.SelectMany(part => part.found.GetValueOrDefault(radius, []));
            var findings = evaluation.Attack(
                level, study.Attacks, [.. starts.Select(judged => judged.Candidates)], progress);
            records.AddRange(findings.Records);
            found[radius] = findings.Found;
            folder.Store(name, Unit(key, evaluation.Standing) with { Records = findings.Records }, findings.Found);
        }
    }

    /// <summary>
    /// Judges the defense on what was found against all defenses, the whole's first, or takes up what an earlier run
    /// finished. What was found against this defense has been judged already.
    /// </summary>
    public void JudgeAll(StudiedDefense whole, IReadOnlyList<StudiedDefense> all)
    {
        var name = $"{fileName}-{study.Threat.Norm}-all";
        var judgedKey = Fingerprint.OfWords([key, .. all.Select(other => other.key)]);
        if (folder.Load(name, judgedKey, study.Images.Images.device) is { Unit: { Replay: { } replay } unit })
        {
            (Replay, Result) = (replay, ResultOf(unit.Survival));
            return;
        }

        var worst = new WorstCandidates(evaluation.Judge, evaluation.Clean);
        AddFound(whole, worst);
        Replay = worst.Settle();
        foreach (var other in all.Where(other => other != whole))
            AddFound(other, worst);
        Result = ResultOf(worst.Settle());
        folder.Store(name, Unit(judgedKey, Result.Survival) with { Replay = Replay }, []);
    }

    void AddFound(StudiedDefense other, WorstCandidates worst)
    {
        foreach (var judged in other.Found)
            worst.Add(other == this ? judged : evaluation.Judge.Try(judged.Candidates, worst.Screened));
    }

    /// <summary>Checks the attack on this defense, or takes up what an earlier run found.</summary>
    public IReadOnlyList<SanityCheck> CheckAttack(IProgress<double> progress)
    {
        var name = $"{fileName}-{study.Threat.Norm}-checks";
        if (folder.Load<FinishedChecks>(name) is { } stored && stored.Key == key)
            return stored.Checks;
        var checks = new AttackChecks(Surface, study.Images, study.Threat, study.Attacks, Replay, options)
            .Run(progress);
        folder.Store(name, new FinishedChecks(key, checks));
        return checks;
    }

    RobustnessResult ResultOf(Survival survival) =>
        new() { Name = Name, Survival = survival, Accepted = evaluation.Accepted!, Attacks = records };

    FinishedUnit Unit(string unitKey, Survival survival) =>
        new() { Key = unitKey, Defense = Name, Survival = survival.Copy(), Accepted = evaluation.Accepted! };

    public void Dispose()
    {
        foreach (var judged in Found)
            judged.Candidates.Dispose();
    }
}
