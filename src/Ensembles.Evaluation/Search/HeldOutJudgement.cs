namespace Ensembles.Evaluation;

/// <summary>
/// Measures the winner of a search on images that had no part in choosing it, beside its members and the best
/// classifier of the pool.
/// </summary>
/// <param name="search">The search.</param>
/// <param name="space">Its ensembles.</param>
/// <param name="options">Seed, batch size, checks, cancellation, and where finished units are kept.</param>
sealed class HeldOutJudgement(EnsembleSearch search, SearchSpace space, EvaluationOptions options) : IDisposable
{
    readonly EvaluationSetting setting = new(search.HeldOut, search.Threat, search.Attacks, options);
    readonly List<MeasuredDefense> defenses = [];

    /// <summary>The most steps that <see cref="Measure"/> takes.</summary>
    public int MostSteps => (2 * (search.MostMembers + 2)) + 1;

    /// <summary>The winner, its attack checked.</summary>
    public RobustnessResult Winner { get; private set; } = null!;

    /// <summary>The winner's members alone, and the best classifier where it is none of them.</summary>
    public IReadOnlyList<RobustnessResult> Others { get; private set; } = [];

    /// <summary>The winner beside each of <see cref="Others"/>; p-values are corrected over them.</summary>
    public IReadOnlyList<SearchComparison> Comparisons { get; private set; } = [];

    /// <summary>Attacks them all, checks the attack on the winner, and compares.</summary>
    public void Measure(
        SearchedEnsemble winner, SearchedEnsemble best, StepProgress steps, Func<StepProgress, SharedSteps> share)
    {
        var shared = share(steps);
        string[] names = [.. winner.Members.Union(best.Members)];
        var members = names.Select(name => Prepare(Alone(name), $"held-out-{name}")).ToList();
        var whole = Prepare(winner, "held-out-winner");
        var parts = members.Where(defense => winner.Members.Contains(defense.Name)).ToList();
        shared.Do([
            .. members.Select(member => Attack(member, parts: [])),
            Attack(whole, parts),
        ]);
        steps.Do("checking the attack on the winner", progress => Check(whole, progress, share));
        shared.Do(defenses.Select(defense => SharedStep.Of(
            $"judging-{defense.FileName}", $"judging {defense.Name} on all adversarial images held out",
            () => defense.JudgeAll(whole, defenses))));

        Winner = whole.Result;
        Others = [.. defenses.Where(defense => defense != whole).Select(defense => defense.Result)];
        var compared = PairedDifference.CompareFamily(Survived(Winner), [.. Others.Select(Survived)]);
        Comparisons = [.. Others.Select((other, i) => new SearchComparison(other.Name, compared[i]))];
    }

    public void Dispose()
    {
        foreach (var defense in defenses)
            defense.Dispose();
    }

    SearchedEnsemble Alone(string name) =>
        space.Votes.First(vote => vote.Members.Count == 1 && vote.Members[0] == name);

    static void Check(
        MeasuredDefense whole, IProgress<double> progress, Func<StepProgress, SharedSteps> share)
    {
        var names = whole.CheckNames;
        var steps = new StepProgress(
            new ImmediateProgress<StudyProgress>(at => progress.Report(at.Share)), names.Count);
        share(steps).Do(names.Select((name, number) => new SharedStep(
            $"check-held-out-{number}", name, () => true, part => whole.Check(number, part))));
        whole.CountChecks();
    }

    MeasuredDefense Prepare(SearchedEnsemble ensemble, string file)
    {
        var defense = new MeasuredDefense(
            space.SurfaceOf(ensemble), ensemble.Name, file, [search.Threat.Epsilon], setting);
        defenses.Add(defense);
        return defense;
    }

    SharedStep Attack(MeasuredDefense defense, IReadOnlyList<MeasuredDefense> parts) => new(
        $"attack-{defense.FileName}", $"attacking {defense.Name} on images held out",
        () => parts.All(part => part.IsAttacked(search.Threat.Epsilon)),
        share => defense.Attack(search.Threat.Epsilon, parts, share));

    (int[] Survived, int Draws) Survived(RobustnessResult result)
    {
        var survival = result.Survival;
        return (survival.Under(search.Criterion)[survival.Level(search.Threat.Epsilon)], survival.Draws);
    }
}
