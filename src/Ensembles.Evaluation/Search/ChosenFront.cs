using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>Attacks the classifiers of a pool, and then the ensembles on the front of what that leaves.</summary>
/// <param name="search">The search.</param>
/// <param name="space">Its ensembles.</param>
/// <param name="options">Seed, batch size, cancellation, and where finished units are kept.</param>
sealed class ChosenFront(EnsembleSearch search, SearchSpace space, EvaluationOptions options) : IDisposable
{
    readonly EvaluationSetting setting = new(search.Images, search.Threat, search.Attacks, options);
    readonly Dictionary<SearchedEnsemble, MeasuredDefense> attacked = new(ByName.Instance);
    readonly Dictionary<string, MeasuredDefense> alone = [];
    IReadOnlyList<SearchedFigures> replayed = [];

    /// <summary>The most steps that <see cref="Search"/> takes.</summary>
    public int MostSteps => (2 * search.Classifiers.Count) + (3 * search.MostAttacked) + 1;

    /// <summary>Each classifier alone, attacked.</summary>
    public IReadOnlyList<SearchedFigures> Classifiers { get; private set; } = [];

    /// <summary>The ensembles that were attacked, the most robust first.</summary>
    public IReadOnlyList<SearchedFigures> Attacked { get; private set; } = [];

    /// <summary>
    /// How many ensembles that were not attacked might still beat the winner, by what replayed images leave of them.
    /// </summary>
    public int Open { get; private set; }

    /// <summary>The most robust ensemble that is accurate enough; null where none is.</summary>
    public SearchedFigures? Winner => Attacked.FirstOrDefault(IsAccurate);

    /// <summary>The most robust classifier.</summary>
    public SearchedFigures BestClassifier =>
        Classifiers.MaxBy(figures => figures.Robust(search.Criterion).Value)!;

    /// <summary>
    /// Attacks the classifiers, and then one ensemble of the front after the other: which one follows from all before.
    /// </summary>
    public void Search(StepProgress steps, SharedSteps shared)
    {
        var classifiers = space.Votes.Where(vote => vote.Members.Count == 1).ToList();
        foreach (var classifier in classifiers)
            alone.Add(classifier.Members[0], Prepare(classifier));
        shared.Do(alone.Values.Select(defense => Attack(defense, parts: [])));
        for (var number = 0; number < search.MostAttacked; number++)
        {
            steps.Do("replaying every ensemble", _ => Replay());
            if (Next() is not { } next)
                break;
            attacked.Add(next, Prepare(next));
            shared.Do([Attack(attacked[next], [.. next.Members.Select(name => alone[name])])]);
        }

        MeasuredDefense[] all = [.. alone.Values, .. attacked.Values];
        shared.Do(all.Select(defense => SharedStep.Of(
            $"judging-{defense.FileName}", $"judging {defense.Name} on all adversarial images",
            () => defense.JudgeAll(defense, all))));
        steps.Do("replaying every ensemble", _ => Replay());
        Compare(classifiers);
    }

    public void Dispose()
    {
        foreach (var defense in alone.Values.Concat(attacked.Values))
            defense.Dispose();
    }

    bool IsAccurate(SearchedFigures figures) => figures.Clean.Value >= search.CleanFloor;

    MeasuredDefense Prepare(SearchedEnsemble ensemble) => new(
        space.SurfaceOf(ensemble), ensemble.Name, $"search-{Fingerprint.OfWords(ensemble.Name)[..12]}",
        [search.Threat.Epsilon], setting);

    SharedStep Attack(MeasuredDefense defense, IReadOnlyList<MeasuredDefense> parts) => new(
        $"attack-{defense.FileName}", $"attacking {defense.Name}", () => true,
        share => defense.Attack(search.Threat.Epsilon, parts, share));

    /// <summary>Draws the bounds of all ensembles anew from everything that was found.</summary>
    void Replay()
    {
        Candidates[] found =
        [
            .. alone.Values.Concat(attacked.Values)
                .SelectMany(defense => defense.Found).Select(judged => judged.Candidates),
        ];
        using var outputs = ComponentOutputs.Ask(space.Whole, search.Images.Images, found, options);
        var labels = HostMemory.ReadLongs(search.Images.Labels);
        replayed = [.. new PoolReplay(space, outputs, labels).Figures(options.Cancellation)];
    }

    /// <summary>
    /// The ensemble to attack next: of those on the front that were not, the one that promises most; null where all
    /// were. Where every ensemble is dominated by a classifier alone, the most promising one is attacked all the same.
    /// </summary>
    SearchedEnsemble? Next()
    {
        SearchedFigures[] accurate = [.. replayed.Where(IsAccurate)];
        SearchedEnsemble? Best(IEnumerable<SearchedFigures> front) => front.Select(figures => figures.Ensemble)
            .FirstOrDefault(ensemble => ensemble.Forwards > 1 && !attacked.ContainsKey(ensemble));
        return Best(SearchedFigures.Front(accurate, search.Criterion)) ?? (attacked.Count > 0
            ? null
            : Best(SearchedFigures.Front(
                [.. accurate.Where(figures => figures.Ensemble.Forwards > 1)], search.Criterion)));
    }

    /// <summary>Ranks all that were attacked by what everything found leaves of them.</summary>
    void Compare(IReadOnlyList<SearchedEnsemble> classifiers)
    {
        Classifiers = [.. classifiers.Select(vote => FiguresOf(vote, alone[vote.Members[0]].Result))];
        Attacked =
        [
            .. attacked.Select(pair => FiguresOf(pair.Key, pair.Value.Result))
                .OrderByDescending(figures => figures.Robust(search.Criterion).Value)
                .ThenByDescending(figures => figures.Clean.Value).ThenBy(figures => figures.Ensemble.Forwards),
        ];
        var best = Winner?.Robust(search.Criterion).Value ?? 0;
        Open = replayed.Count(figures => figures.Ensemble.Forwards > 1 && IsAccurate(figures)
            && figures.Robust(search.Criterion).Value > best && !attacked.ContainsKey(figures.Ensemble));
    }

    /// <summary>Means over draws, as what is replayed and what is compared on images held out.</summary>
    SearchedFigures FiguresOf(SearchedEnsemble ensemble, RobustnessResult result)
    {
        Rate Mean(Criterion criterion) => result.Survival.Mean(criterion, search.Threat.Epsilon);
        return new(
            ensemble, result.Clean, result.Coverage, Mean(Criterion.Misclassified), Mean(Criterion.Disrupted),
            Attacked: true);
    }

    /// <summary>Ensembles of one name are one.</summary>
    sealed class ByName : IEqualityComparer<SearchedEnsemble>
    {
        public static ByName Instance { get; } = new();

        public bool Equals(SearchedEnsemble? x, SearchedEnsemble? y) => x?.Name == y?.Name;

        public int GetHashCode(SearchedEnsemble ensemble) =>
            ensemble.Name.GetHashCode(StringComparison.Ordinal);
    }
}
