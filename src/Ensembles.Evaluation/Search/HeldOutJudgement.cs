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
    public int MostSteps => search.MostMembers + 4;

    /// <summary>The winner, its attack checked.</summary>
    public RobustnessResult Winner { get; private set; } = null!;

    /// <summary>The winner's members alone, and the best classifier where it is none of them.</summary>
    public IReadOnlyList<RobustnessResult> Others { get; private set; } = [];

    /// <summary>The winner beside each of <see cref="Others"/>; p-values are corrected over them.</summary>
    public IReadOnlyList<SearchComparison> Comparisons { get; private set; } = [];

    /// <summary>Attacks them all, checks the attack on the winner, and compares.</summary>
    public void Measure(SearchedEnsemble winner, SearchedEnsemble best, StepProgress steps)
    {
        string[] others = [.. winner.Members.Union(best.Members)];
        foreach (var name in others)
        {
            var vote = space.Votes.First(vote => vote.Members.Count == 1 && vote.Members[0] == name);
            Attack(vote, $"held-out-{name}", parts: [], steps);
        }

        var members = defenses.Where(defense => winner.Members.Contains(defense.Name)).ToList();
        var whole = Attack(winner, "held-out-winner", members, steps);
        steps.Do("checking the attack on the winner", whole.CheckAll);
        steps.Do("judging the winner on all adversarial images", _ =>
        {
            foreach (var defense in defenses)
                defense.JudgeAll(whole, defenses);
        });

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

    MeasuredDefense Attack(
        SearchedEnsemble ensemble, string file, IReadOnlyList<MeasuredDefense> parts, StepProgress steps)
    {
        var defense = new MeasuredDefense(
            space.SurfaceOf(ensemble), ensemble.Name, file, [search.Threat.Epsilon], setting);
        defenses.Add(defense);
        steps.Do(
            $"attacking {ensemble.Name} on images held out",
            share => defense.Attack(search.Threat.Epsilon, parts, share));
        return defense;
    }

    (int[] Survived, int Draws) Survived(RobustnessResult result)
    {
        var survival = result.Survival;
        return (survival.Under(search.Criterion)[survival.Level(search.Threat.Epsilon)], survival.Draws);
    }
}
