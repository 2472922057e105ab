using Ensembles.Declarations;

namespace Ensembles.Analyzers.Reading;

/// <summary>What protects an ensemble.</summary>
static class Protection
{
    /// <summary>
    /// The names of the components of a category; none where something else protects too, if only as the second
    /// category of one of them. A class without <c>[Defense]</c>, or without a defense of its own, protects nothing;
    /// one of a category that is not known here may.
    /// </summary>
    public static IReadOnlyList<string> OnlyBy(Category category, EnsembleDeclaration ensemble)
    {
        var protecting = ensemble.Components.Where(component => component.Defense is { IsUndefended: false }).ToList();
        return protecting.All(component => component.Categories is [var only] && only == category)
            ? [.. protecting.Select(component => component.Name)]
            : [];
    }
}
