using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>Finds members that bring no strength of their own.</summary>
static class Redundancy
{
    /// <summary>
    /// The members whose every strength another member claims, in order of declaration. Of members that cover each
    /// other only the later ones: taking out all of them would lose the strength. What a front claims every member has
    /// from it. Members that claim nothing are ENS0102's.
    /// </summary>
    public static IReadOnlyList<Component> Of(EnsembleDeclaration ensemble)
    {
        var remaining = ensemble.Members.ToList();
        var redundant = new List<Component>();
        foreach (var member in Enumerable.Reverse(ensemble.Members))
        {
            var others = Strengths(remaining.Where(other => other != member).Concat(ensemble.Fronts));
            if (member.Defense?.Strengths.ToList() is { Count: > 0 } strengths && strengths.All(others.Contains))
            {
                remaining.Remove(member);
                redundant.Insert(0, member);
            }
        }

        return redundant;
    }

    /// <summary>All strengths that components claim.</summary>
    public static HashSet<INamedTypeSymbol> Strengths(IEnumerable<Component> components) =>
        new(components.SelectMany(component => component.Defense?.Strengths ?? []), SymbolEqualityComparer.Default);
}
