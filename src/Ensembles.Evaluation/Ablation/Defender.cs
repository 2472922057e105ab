namespace Ensembles.Evaluation;

/// <summary>One defense of a study: the whole, a member alone, or the ensemble with one component left out.</summary>
sealed class Defender : IDisposable
{
    readonly UnitFolder folder;
    readonly string fileName;
    readonly Trial trial;
    readonly AblationStudy study;
    readonly EvaluationOptions options;
    readonly double[] radii;
    readonly List<AttackRecord> records = [];
    readonly Dictionary<double, List<Candidates>> foundAt = [];
    string key;

    public Defender(AttackSurface surface, string name, string fileName, double[] radii, AblationStudy study, EvaluationOptions options, string imagesKey, UnitFolder folder)
    {
        EvaluationMode.ThrowIfTraining(surface.Modules, name);
        (Surface, Name, this.fileName, this.radii, this.study, this.options, this.folder) = (surface, name, fileName, radii, study, options, folder);
        trial = new Trial(surface, name, study.Images, study.Threat.Norm, radii, options);
        key = Fingerprint.Of([
            "2", name, Fingerprint.Of(surface, study.Images.Images), imagesKey, $"{study.Threat.Norm}",
            .. radii.Select(radius => FormattableString.Invariant($"{radius:R}")),
            .. study.Attacks.Select(attack => $"{AttackDescription.Of(attack)} {attack.Name}"),
            FormattableString.Invariant($"{options.Seed} {options.BatchSize} {options.Draws}")]);
    }

    public AttackSurface Surface { get; }

    public string Name { get; }

    /// <summary>The component left out; empty for the whole and the members.</summary>
    public string Component { get; init; } = "";

    /// <summary>Everything found against this defense.</summary>
    public List<Candidates> Found { get; } = [];

    /// <summary>
    /// What the defense survives when only the whole's candidates are replayed on it; for the whole, what it survives of its
    /// own attack.
    /// </summary>
    public Survival Replay { get; private set; } = null!;

    /// <summary>How the defense fared against everything found.</summary>
    public RobustnessResult Result { get; private set; } = null!;

    /// <summary>
    /// The radii in the order they are attacked: the threat's first, on every image; then the smaller ones downwards, on
    /// images that fell at the next larger; then the larger ones upwards, on images that still stand.
    /// </summary>
    public IEnumerable<double> Order => [study.Threat.Epsilon, .. radii.Where(r => r < study.Threat.Epsilon).Reverse(), .. radii.Where(r => r > study.Threat.Epsilon)];

    /// <summary>Attacks the defense at one radius, or takes up what an earlier run finished.</summary>
    /// <param name="radius">One of the radii.</param>
    /// <param name="parts">Defenses attacked before, whose adversarial images of this radius the attack starts from.</param>
    /// <param name="progress">Receives the share that is done.</param>
    public void Attack(double radius, IReadOnlyList<Defender> parts, IProgress<double> progress)
    {
        var name = FormattableString.Invariant($"{fileName}-{study.Threat.Norm}-{radius}");
        var level = Array.IndexOf(radii, radius) + 1;
        key = Fingerprint.Of(key, FormattableString.Invariant($"{radius:R}"));
        Candidates[] known = [.. parts.SelectMany(part => part.foundAt.GetValueOrDefault(radius, []))];
        if (folder.Load(name, key, study.Images.Images.device) is { } stored)
        {
            trial.Resume(stored.Unit.Survival, stored.Unit.Accepted, level);
            records.AddRange(stored.Unit.Records);
            Keep(stored.Found);
        }
        else
        {
            if (trial.Accepted is null)
                trial.JudgeClean();
            var (found, done) = trial.Attack(level, study.Attacks, known, progress);
            Keep(found);
            records.AddRange(done);
            folder.Store(name, Unit(key, trial.Standing) with { Records = done, Found = [.. found.Select(c => new StoredCandidates(c.Source, [.. c.Indices]))] }, found);
        }

        void Keep(List<Candidates> candidates)
        {
            Found.AddRange(candidates);
            foundAt[radius] = candidates;
        }
    }

    /// <summary>Judges what was found against all defenses, the whole's first, or takes up what an earlier run finished.</summary>
    public void JudgeAll(Defender whole, IReadOnlyList<Defender> all)
    {
        var name = $"{fileName}-{study.Threat.Norm}-all";
        var judgedKey = Fingerprint.Of([key, .. all.Select(other => other.key)]);
        if (folder.Load(name, judgedKey, study.Images.Images.device) is { Unit: { Replay: { } replay } unit })
        {
            (Replay, Result) = (replay, ResultOf(unit.Survival));
            return;
        }

        var judgement = new Judgement(trial);
        foreach (var candidates in whole.Found)
            judgement.Screen(candidates);
        Replay = judgement.Settle();
        foreach (var candidates in all.Where(other => other != whole).SelectMany(other => other.Found))
            judgement.Screen(candidates);
        Result = ResultOf(judgement.Settle());
        folder.Store(name, Unit(judgedKey, Result.Survival) with { Replay = Replay }, []);
    }

    /// <summary>Checks the attack on this defense, or takes up what an earlier run found.</summary>
    public IReadOnlyList<SanityCheck> CheckAttack(IProgress<double> progress)
    {
        var name = $"{fileName}-{study.Threat.Norm}-checks";
        if (folder.Load<FinishedChecks>(name) is { } stored && stored.Key == key)
            return stored.Checks;
        var checks = new AttackChecks(Surface, study.Images, study.Threat, study.Attacks, Replay, options).Run(progress);
        folder.Store(name, new FinishedChecks(key, checks));
        return checks;
    }

    RobustnessResult ResultOf(Survival survival) => new() { Name = Name, Survival = survival, Accepted = trial.Accepted!, Attacks = records };

    FinishedUnit Unit(string unitKey, Survival survival) => new() { Key = unitKey, Defense = Name, Survival = survival.Copy(), Accepted = trial.Accepted! };

    public void Dispose() => Found.ForEach(candidates => candidates.Dispose());
}
