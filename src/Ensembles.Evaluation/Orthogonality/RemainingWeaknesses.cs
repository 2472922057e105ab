namespace Ensembles.Evaluation;

/// <summary>What an ensemble's members have in common, in sentences.</summary>
static class RemainingWeaknesses
{
    /// <summary>From here on most of what breaks one member breaks another.</summary>
    const double Most = 0.5;

    /// <summary>From here on gradients point the same way: within 60 degrees.</summary>
    const double SameWay = 0.5;

    /// <summary>More names than these nobody reads.</summary>
    const int MostNames = 4;

    /// <summary>The sentences, the gravest first.</summary>
    public static IReadOnlyList<string> Of(EnsembleDeclaration declaration, OrthogonalityFigures figures) =>
    [
        .. Transferred(figures),
        .. Aligned(figures),
        .. figures.Shared.Select(shared => $"{Names(shared.Members)} claim the same strength, {shared.Strength}: "
            + "what gets around it gets around each of them."),
        .. Missing(declaration),
    ];

    static IEnumerable<string> Transferred(OrthogonalityFigures figures) =>
        from pair in figures.Transfer
        where pair.Share is { } share && share.Low >= Most
        orderby pair.Share!.Value descending
        select $"What breaks {pair.From} breaks {pair.To} too: {Wording.Percent(pair.Share!.Value)} of "
            + $"{Wording.Count(pair.Images, "image")} that {pair.To} gets right without a perturbation.";

    static IEnumerable<string> Aligned(OrthogonalityFigures figures) =>
        from pair in figures.Gradients
        where pair.Value is { } cosine && (cosine.Low ?? cosine.Value) >= SameWay
        select FormattableString.Invariant($"The gradients of {pair.First} and {pair.Second} point the same way ")
            + FormattableString.Invariant($"(cosine {pair.Value!.Value:0.00}): one step moves both.");

    static IEnumerable<string> Missing(EnsembleDeclaration declaration)
    {
        HashSet<Category> present =
        [
            .. declaration.AllMembers.SelectMany(member => member.Categories),
            .. declaration.AllFronts.SelectMany(front => front.Categories),
        ];
        foreach (var (category, does) in new[]
        {
            (Category.FeatureSeparation, "separates features"),
            (Category.NonRobustFeatures, "removes or marginalises non-robust features"),
        })
        {
            if (present.Contains(category))
                continue;
            var names = DefensesInReach.Of(category);
            var reach = names.Count switch
            {
                0 => "no defense that this program loads does",
                <= MostNames => $"{Names(names)} would",
                _ => $"{string.Join(", ", names.Take(MostNames))} and {names.Count - MostNames} more would",
            };
            yield return $"No member {does}; {reach}.";
        }
    }

    static string Names(IReadOnlyList<string> names) =>
        names.Count == 1 ? names[0] : $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}";
}
