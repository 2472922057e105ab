using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Every ensemble that a search considers, and the components of each.</summary>
sealed class SearchSpace : IDisposable
{
    /// <summary>More are not replayed: a pool so large asks for fewer members, rules or rates.</summary>
    const int Most = 500_000;

    readonly EnsembleSearch search;
    readonly Dictionary<SearchedGate, Tensor> thresholds = [];
    readonly List<Tensor> weights = [];

    /// <summary>Lists them, and calibrates every gate at every rate.</summary>
    /// <exception cref="ArgumentException">More than half a million.</exception>
    public SearchSpace(EnsembleSearch search)
    {
        this.search = search;
        List<SearchedGate[]> gates = [[]];
        foreach (var detector in search.Detectors)
            gates.AddRange(gates.ToArray().SelectMany(_ => search.GateRates,
                (others, rate) => (SearchedGate[])[.. others, new(detector.Name, rate)]));
        var votes = Teams().SelectMany(VotesOf).Take(Most + 1).ToList();
        if ((long)votes.Count * gates.Count > Most)
            throw new ArgumentException(
                $"The pool makes more than {Most} ensembles, which are not all replayed: search with fewer defenses, "
                    + "rules or rates, or with a smaller MostMembers.",
                nameof(search));
        Votes = votes;
        Gates = gates;

        foreach (var detector in search.Detectors)
        {
            foreach (var rate in search.GateRates)
            {
                var threshold = zeros(1, device: search.Images.Images.device).DetachFromDisposeScope();
                thresholds.Add(new(detector.Name, rate), threshold);
                // A detector's own draws must not depend on what this process drew before.
                random.manual_seed(Seeds.Of(search.Seed, "gate", detector.Name));
                GateThreshold.Calibrate(threshold, detector.Module, search.ValidationImages!, rate);
            }
        }
    }

    /// <summary>Every set of classifiers under every rule that it can have, without gates.</summary>
    public IReadOnlyList<SearchedEnsemble> Votes { get; }

    /// <summary>Every set of gates, each at every rate; the empty one first.</summary>
    public IReadOnlyList<SearchedGate[]> Gates { get; }

    /// <summary>How many ensembles of two components and more there are.</summary>
    public int Count => (Votes.Count * Gates.Count) - search.Classifiers.Count;

    /// <summary>The whole pool, which is asked once about every image.</summary>
    public AttackSurface Whole => SurfaceOf(new SearchedEnsemble(
        [.. search.Classifiers.Select(classifier => classifier.Name)],
        search.Rules[0].Name,
        Quorum: 1,
        [.. search.Detectors.Select(detector => new SearchedGate(detector.Name, search.GateRates[0]))]));

    /// <summary>The attack surface of an ensemble.</summary>
    public AttackSurface SurfaceOf(SearchedEnsemble ensemble)
    {
        Component[] own =
        [
            .. ensemble.Members.Select(name => new Component(name, Classifier(name))),
            .. ensemble.Gates.Select(gate => new Component(
                gate.Detector, search.Detectors.First(d => d.Name == gate.Detector).Module, thresholds[gate])),
        ];
        var (members, device) = (ensemble.Members.Count, search.Images.Images.device);
        var equal = full(members, 1.0 / members, dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        weights.Add(equal);
        var components = new Components(own, RuleOf(ensemble).Rule, equal, ensemble.Quorum);
        return AttackSurface.FromComponents(() => components);
    }

    /// <summary>A gate's threshold.</summary>
    public Tensor ThresholdOf(SearchedGate gate) => thresholds[gate];

    /// <summary>An ensemble's voting rule.</summary>
    public SearchedRule RuleOf(SearchedEnsemble ensemble) => search.Rules.First(rule => rule.Name == ensemble.Rule);

    public void Dispose()
    {
        foreach (var kept in thresholds.Values.Concat(weights))
            kept.Dispose();
    }

    Classifier Classifier(string name) => search.Classifiers.First(classifier => classifier.Name == name).Module;

    IEnumerable<SearchedEnsemble> VotesOf(string[] team) => team.Length == 1
        ? [new SearchedEnsemble(team, search.Rules[0].Name, Quorum: 1, Gates: [])]
        :
        from rule in search.Rules
        from quorum in rule.Quorums(team.Length)
        select new SearchedEnsemble(team, rule.Name, quorum, Gates: []);

    /// <summary>Every set of classifiers, small ones first.</summary>
    IEnumerable<string[]> Teams()
    {
        List<int[]> teams = [.. Enumerable.Range(0, search.Classifiers.Count).Select(i => (int[])[i])];
        for (var first = 0; first < teams.Count; first++)
        {
            var team = teams[first];
            yield return [.. team.Select(i => search.Classifiers[i].Name)];
            if (team.Length < search.MostMembers)
                teams.AddRange(Enumerable.Range(team[^1] + 1, search.Classifiers.Count - team[^1] - 1)
                    .Select(next => (int[])[.. team, next]));
        }
    }
}
