namespace Ensembles.Evaluation;

/// <summary>The defenses of a study.</summary>
/// <param name="Whole">The whole ensemble.</param>
/// <param name="Members">Each member alone, without gates.</param>
/// <param name="Reduced">The ensemble with one component left out, for each component that can be.</param>
/// <param name="Controls">More ensembles of the same components.</param>
/// <param name="Undefended">The undefended classifier; null if there is none.</param>
sealed record StudiedDefenses(
    MeasuredDefense Whole,
    IReadOnlyList<MeasuredDefense> Members,
    IReadOnlyList<MeasuredDefense> Reduced,
    IReadOnlyList<MeasuredDefense> Controls,
    MeasuredDefense? Undefended) : IDisposable
{
    /// <summary>All of them, the whole first.</summary>
    public IReadOnlyList<MeasuredDefense> All { get; } =
    [
        Whole, .. Members, .. Reduced, .. Controls,
        .. Undefended is null ? Array.Empty<MeasuredDefense>() : [Undefended],
    ];

    /// <summary>
    /// All of them in the order they are attacked, each with its parts. Members come first: images that break one of
    /// them are where attacks on all of them start.
    /// </summary>
    public IEnumerable<(MeasuredDefense Defense, IReadOnlyList<MeasuredDefense> Parts)> InOrderOfAttack =>
    [
        .. Members.Select(member => (member, (IReadOnlyList<MeasuredDefense>)[])),
        .. Reduced.Prepend(Whole).Concat(Controls).Select(joint => (joint, Members)),
        .. All.Where(defense => defense == Undefended).Select(twin => (twin, (IReadOnlyList<MeasuredDefense>)[])),
    ];

    public void Dispose()
    {
        foreach (var defense in All)
            defense.Dispose();
    }
}
