using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>
/// One defense of a study, whose finished units are kept: the whole, a member alone, or the ensemble with one component
/// left out.
/// </summary>
sealed class MeasuredDefense : IDisposable
{
    readonly EvaluationSetting setting;
    readonly string fileName;
    readonly double[] radii;
    readonly DefenseEvaluation evaluation;
    readonly List<AttackRecord> records = [];
    readonly Dictionary<double, IReadOnlyList<JudgedCandidates>> found = [];
    readonly Dictionary<int, CheckOutcome> outcomes = [];
    readonly List<SanityCheck> checks = [];
    readonly List<JudgedCandidates> foundByChecks = [];
    readonly List<Lowering> lowered = [];
    string key;

    /// <summary>Prepares the evaluation; nothing is attacked yet.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="name">Its name in reports.</param>
    /// <param name="fileName">Its name in the folder of finished units.</param>
    /// <param name="radii">The radii it is attacked at, ascending; the threat's is one of them.</param>
    /// <param name="setting">What every defense is measured under.</param>
    /// <exception cref="ArgumentException">
    /// A detector that was fitted to the test images, or whose threshold was set on them.
    /// </exception>
    public MeasuredDefense(
        AttackSurface surface, string name, string fileName, double[] radii, EvaluationSetting setting)
    {
        FittedImages.ThrowIfAmong(
            surface.Modules, setting.Images.Images, "test images",
            "What it says of images that it knows tells nothing of others: judge it on images it was not trained on.");
        CalibrationImages.ThrowIfAmong(surface.Modules, setting.Images.Images);
        evaluation =
            new DefenseEvaluation(surface, name, setting.Images, setting.Threat.Norm, radii, setting.Options);
        (Surface, Name, this.fileName, this.radii, this.setting) = (surface, name, fileName, radii, setting);
        key = setting.KeyOf(surface, name, radii);
    }

    public AttackSurface Surface { get; }

    /// <summary>Decides what the defense withstands.</summary>
    public Judge Judge => evaluation.Judge;

    public string Name { get; }

    /// <summary>Its name in the folder of finished units.</summary>
    public string FileName => fileName;

    /// <summary>Whether it was attacked at a radius, here or elsewhere.</summary>
    public bool IsAttacked(double radius) => found.ContainsKey(radius);

    /// <summary>The component left out; empty for the whole and the members.</summary>
    public string Component { get; init; } = "";

    /// <summary>
    /// The radii in the order they are attacked: the threat's first, on every image; then the smaller ones downwards,
    /// on images that fell at the next larger one; then the larger ones upwards, on images that still stand.
    /// </summary>
    public IEnumerable<double> Order =>
    [
        setting.Threat.Epsilon,
        .. radii.Where(radius => radius < setting.Threat.Epsilon).Reverse(),
        .. radii.Where(radius => radius > setting.Threat.Epsilon),
    ];

    /// <summary>Everything found against this defense, in order: by its attacks, then by their checks.</summary>
    public IEnumerable<JudgedCandidates> Found => FoundByAttacks.Concat(foundByChecks);

    /// <summary>What its attacks found, in order.</summary>
    public IEnumerable<JudgedCandidates> FoundByAttacks =>
        Order.SelectMany(radius => found.GetValueOrDefault(radius, []));

    /// <summary>
    /// What the defense survives if only the candidates made by the attacks on the whole are replayed; for the whole,
    /// what it survives of its own attacks.
    /// </summary>
    public Survival Replay { get; private set; } = null!;

    /// <summary>What the defense survives of everything found but for what checks found.</summary>
    public Survival WithoutChecks { get; private set; } = null!;

    /// <summary>How robust the defense is against everything found.</summary>
    public RobustnessResult Result { get; private set; } = null!;

    /// <summary>Attacks the defense at one radius, or takes up what an earlier run finished.</summary>
    /// <param name="radius">One of the radii.</param>
    /// <param name="parts">
    /// Defenses attacked before, from whose adversarial images of this radius the attack starts.
    /// </param>
    /// <param name="progress">Receives the share of the work done.</param>
    public void Attack(double radius, IReadOnlyList<MeasuredDefense> parts, IProgress<double> progress)
    {
        var name = Invariant($"{fileName}-{setting.Threat.Norm}-{radius}");
        var level = Array.IndexOf(radii, radius) + 1;
        key = Fingerprint.OfWords(key, Invariant($"{radius:R}"));
        if (Load(name, key) is { } stored)
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
                level, setting.Attacks, [.. starts.Select(judged => judged.Candidates)], progress);
            records.AddRange(findings.Records);
            found[radius] = findings.Found;
            var unit = Unit(key, evaluation.Standing) with { Records = findings.Records };
            setting.Folder.Store(name, unit, findings.Found);
        }
    }

    /// <summary>The checks of the attacks on this defense, by what should hold.</summary>
    public IReadOnlyList<string> CheckNames => [.. AttackChecks.List(Checked).Select(check => check.Name)];

    /// <summary>
    /// Does one check of the attacks on this defense, once it was attacked, or takes up what an earlier run found. No
    /// check stands on another, so several processes can share them.
    /// </summary>
    /// <param name="number">The check's place among <see cref="CheckNames"/>.</param>
    /// <param name="progress">Receives the share of the work done.</param>
    public void Check(int number, IProgress<double> progress)
    {
        var check = AttackChecks.List(Checked)[number];
        var (name, checkKey) = (Invariant($"{UnitName("check")}-{number}"), Fingerprint.OfWords(key, check.Name));
        outcomes[number] = LoadCheck(name, checkKey)
            ?? Run(check, name, checkKey, AgainstAttacks().Screened, progress);
    }

    /// <summary>Does all checks, and counts what they found.</summary>
    /// <param name="progress">Receives the share of the work done.</param>
    public void CheckAll(IProgress<double> progress)
    {
        var count = CheckNames.Count;
        for (var number = 0; number < count; number++)
            Check(number, new ShareOfProgress(progress, (double)number / count, 1.0 / count));
        CountChecks();
    }

    /// <summary>Counts what the checks found, all of which were done. What they break is broken.</summary>
    public void CountChecks()
    {
        var worst = AgainstAttacks();
        foreach (var (name, number) in CheckNames.Select((name, number) => (name, number)))
        {
            var outcome = outcomes[number];
            checks.Add(new SanityCheck(name, outcome.Passed, outcome.Finding));
            Note(name, worst, () => outcome.Found.ToList().ForEach(worst.Add));
            foundByChecks.AddRange(outcome.Found);
        }
    }

    /// <summary>
    /// Judges the defense on what was found against all defenses, the whole's first, or takes up what an earlier run
    /// finished. What was found against this defense has been judged already.
    /// </summary>
    /// <param name="whole">The whole; the defense itself where there is no other.</param>
    /// <param name="all">All defenses, this one among them.</param>
    /// <param name="replayed">More candidates, made elsewhere.</param>
    public void JudgeAll(
        MeasuredDefense whole, IReadOnlyList<MeasuredDefense> all, IReadOnlyList<Candidates>? replayed = null)
    {
        var name = UnitName("all");
        var judgedKey = Fingerprint.OfWords([key, .. all.Select(other => other.key)]);
        if (replayed is null && Load(name, judgedKey) is { Unit: { Replay: { } replay } unit })
        {
            // What checks broke is among them, and was noted when they were taken up.
            lowered.Clear();
            lowered.AddRange(unit.Lowered);
            (Replay, WithoutChecks, Result) = (replay, unit.WithoutChecks ?? replay, ResultOf(unit.Survival));
            return;
        }

        var attacked = new WorstCandidates(evaluation.Judge, evaluation.Clean);
        var worst = new WorstCandidates(evaluation.Judge, evaluation.Clean);
        Add(whole, whole.FoundByAttacks, [attacked, worst]);
        Replay = attacked.Settle();
        Add(whole, whole.foundByChecks, [worst]);
        foreach (var other in all.Where(other => other != whole))
            Note($"images made against {other.Name}", worst, () => Add(other, other.Found, [attacked, worst]));
        WithoutChecks = attacked.Settle();
        foreach (var candidates in replayed ?? [])
            Note(candidates.Source, worst, () => worst.Add(evaluation.Judge.Try(candidates, worst.Screened)));
        Result = ResultOf(worst.Settle());
        if (replayed is null)
            setting.Folder.Store(
                name, Unit(judgedKey, Result.Survival) with
                {
                    Replay = Replay,
                    WithoutChecks = WithoutChecks,
                    Lowered = [.. lowered],
                },
                []);
    }

    CheckedDefense Checked => new(
        Surface, setting.Images, setting.Threat, setting.Attacks, evaluation.Judge,
        [.. FoundByAttacks.Select(judged => judged.Candidates)], setting.Options);

    /// <summary>The worst of what the attacks found.</summary>
    WorstCandidates AgainstAttacks()
    {
        var worst = new WorstCandidates(evaluation.Judge, evaluation.Clean);
        foreach (var judged in FoundByAttacks)
            worst.Add(judged);
        return worst;
    }

    /// <remarks>What the first of the sets has fallen to the others have, too.</remarks>
    void Add(MeasuredDefense other, IEnumerable<JudgedCandidates> candidates, WorstCandidates[] sets)
    {
        foreach (var found in candidates)
        {
            var judged = other == this ? found : evaluation.Judge.Try(found.Candidates, sets[0].Screened);
            foreach (var worst in sets)
                worst.Add(judged);
        }
    }

    /// <summary>Notes how many images fell to something that none of the attacks had broken.</summary>
    void Note(string source, WorstCandidates worst, Action add)
    {
        int Fallen() => worst.Screened.Lenient[worst.Screened.Level(setting.Threat.Epsilon)]
            .Count(evaluation.Judge.HasFallen);
        var before = Fallen();
        add();
        if (Fallen() > before)
            lowered.Add(new Lowering(source, Fallen() - before));
    }

    CheckOutcome Run(
        AttackCheck check, string name, string checkKey, Survival survived, IProgress<double> progress)
    {
        var outcome = check.Run(survived, progress);
        var unit = Unit(checkKey, survived) with { Passed = outcome.Passed, Finding = outcome.Finding };
        setting.Folder.Store(name, unit, outcome.Found);
        return outcome;
    }

    CheckOutcome? LoadCheck(string name, string checkKey) =>
        Load(name, checkKey) is { Unit: { Passed: { } passed, Finding: { } finding }, Found: var stored }
            ? new CheckOutcome(passed, finding, stored)
            : null;

    (FinishedUnit Unit, IReadOnlyList<JudgedCandidates> Found)? Load(string name, string unitKey) =>
        setting.Folder.Load(name, unitKey, setting.Images.Images.device);

    string UnitName(string part) => $"{fileName}-{setting.Threat.Norm}-{part}";

    RobustnessResult ResultOf(Survival survival) => new()
    {
        Name = Name,
        Survival = survival,
        Accepted = evaluation.Accepted!,
        Attacks = [.. records.Select(setting.WithoutSettledAdvice)],
        Checks = checks,
        CheckBudget = setting.Options.Checks,
        Lowered = [.. lowered],
    };

    FinishedUnit Unit(string unitKey, Survival survival) =>
        new() { Key = unitKey, Defense = Name, Survival = survival.Copy(), Accepted = evaluation.Accepted! };

    public void Dispose()
    {
        foreach (var judged in Found)
            judged.Candidates.Dispose();
    }
}
