using static System.FormattableString;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>The subsets of a study's ensemble and its gates at other rates, kept as a finished unit.</summary>
/// <param name="study">The study.</param>
/// <param name="defenses">Its defenses: what was found against any of them is replayed.</param>
/// <param name="options">Seed, draws, batch size, cancellation, and where finished units are kept.</param>
sealed class StudiedSubsets(AblationStudy study, StudiedDefenses defenses, EvaluationOptions options)
{
    const string Name = "subsets";

    readonly UnitFolder folder = new(options.ResultsFolder, options.Notices);

    /// <summary>Replays them, or takes up what an earlier run did.</summary>
    public ReplayedFigures Replay()
    {
        Candidates[] found = [.. defenses.All.SelectMany(defense => defense.Found).Select(judged => judged.Candidates)];
        var key = KeyOf(found);
        if (folder.Load<Unit>(Name) is { } stored && stored.Key == key)
            return stored.Figures;
        var figures = SubsetEvaluation.Replay(
            study.Ensemble, study.Images, study.ValidationImages, study.Threat, found, options);
        folder.Store(Name, new Unit(key, figures));
        return figures;
    }

    string KeyOf(Candidates[] found) => study.ResultsFolder is null ? "" : Fingerprint.OfWords(
    [
        "subsets 2",
        Fingerprint.OfDefense(defenses.Whole.Surface, study.Images.Images),
        Fingerprint.OfImages(study.Images),
        study.ValidationImages is { } validation
            ? Fingerprint.OfTensors(new Dictionary<string, Tensor> { ["validation"] = validation })
            : "",
        Fingerprint.OfTensors(found.Select((candidates, i) => KeyValuePair.Create(
            Invariant($"{i} {string.Join(' ', candidates.Indices)}"), candidates.Images)).ToDictionary()),
        Invariant($"{study.Threat.Norm} {study.Threat.Epsilon:R} {options.Seed} {options.BatchSize} {options.Draws}"),
    ]);

    /// <summary>The figures as they are stored.</summary>
    sealed record Unit(string Key, ReplayedFigures Figures);
}
