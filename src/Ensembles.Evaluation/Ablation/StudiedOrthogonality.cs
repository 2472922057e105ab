using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>How alike a study's members fail, kept as a finished unit.</summary>
/// <param name="study">The study.</param>
/// <param name="defenses">Its defenses, judged.</param>
/// <param name="options">Seed, batch size, cancellation, and where finished units are kept.</param>
sealed class StudiedOrthogonality(AblationStudy study, StudiedDefenses defenses, EvaluationOptions options)
{
    const string Name = "orthogonality";

    readonly UnitFolder folder = new(options.ResultsFolder, options.Notices);

    /// <summary>Measures it, or takes up what an earlier run measured.</summary>
    public OrthogonalityFigures? Measure()
    {
        var key = KeyOf();
        if (folder.Load<Unit>(Name) is { } stored && stored.Key == key)
            return stored.Figures;
        var figures = OrthogonalityEvaluation.Measure(
            study.Ensemble.Declaration, defenses.Whole, defenses.Members, study.Images, study.Threat, options);
        folder.Store(Name, new Unit(key, figures));
        return figures;
    }

    string KeyOf() => study.ResultsFolder is null ? "" : Fingerprint.OfWords(
    [
        "orthogonality 2",
        Fingerprint.OfDefense(defenses.Whole.Surface, study.Images.Images),
        Fingerprint.OfImages(study.Images),
        .. defenses.Members.Prepend(defenses.Whole).SelectMany(defense => defense.Found)
            .Select(judged => Fingerprint.OfTensors(new Dictionary<string, TorchSharp.torch.Tensor>
            {
                [string.Join(' ', judged.Candidates.Indices)] = judged.Candidates.Images,
            })),
        Invariant($"{study.Threat.Norm} {study.Threat.Epsilon:R} {options.Seed} {options.BatchSize} {options.Draws}"),
        .. study.Ensemble.Declaration.AllMembers.SelectMany(member => member.Strengths.Prepend(member.Name)),
    ]);

    /// <summary>The figures as they are stored.</summary>
    sealed record Unit(string Key, OrthogonalityFigures? Figures);
}
