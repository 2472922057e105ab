namespace Ensembles.Evaluation;

/// <summary>The claims of a study's components, each component's kept as a finished unit.</summary>
/// <param name="study">The study.</param>
/// <param name="defenses">Its defenses: the undefended twin among them, where there is one.</param>
/// <param name="options">Where finished units are kept, and what stops between two measurements.</param>
sealed class StudiedClaims(AblationStudy study, StudiedDefenses defenses, EvaluationOptions options)
{
    readonly UnitFolder folder = new(options.ResultsFolder, options.Notices);

    /// <summary>The components that claim something that can be measured here; none without a twin.</summary>
    public IReadOnlyList<Component> Components { get; } = study.Undefended is null
        ? []
        : [.. study.Ensemble.Components.All.Where(component => ClaimEvaluation.ClaimsOn(component.Module).Any())];

    /// <summary>Measures what a component claims, or takes up what an earlier run measured.</summary>
    public IReadOnlyList<MeasuredClaim> Measure(Component component)
    {
        var (name, key) = ($"claims-{component.Name}", KeyOf(component));
        if (folder.Load<Unit>(name) is { } stored && stored.Key == key)
            return stored.Claims;
        var before = study.Ensemble.Components.Before(component);
        var claims = ClaimEvaluation.Run(
            component, before, study.Undefended!, study.Images, options.Cancellation);
        folder.Store(name, new Unit(key, claims));
        return claims;
    }

    /// <summary>
    /// A fingerprint of what the figures depend on: the claims, the ensemble, the twin and the images.
    /// </summary>
    string KeyOf(Component component) => study.ResultsFolder is null ? "" : Fingerprint.OfWords(
    [
        "claims 1",
        component.Name,
        Fingerprint.OfDefense(defenses.Whole.Surface, study.Images.Images),
        Fingerprint.OfDefense(defenses.Undefended!.Surface, study.Images.Images),
        Fingerprint.OfImages(study.Images),
        .. ClaimEvaluation.ClaimsOn(component.Module).Select(claim => claim.Strength),
    ]);

    /// <summary>A component's measured claims as they are stored.</summary>
    sealed record Unit(string Key, IReadOnlyList<MeasuredClaim> Claims);
}
