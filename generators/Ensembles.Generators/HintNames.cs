using System.Collections.Immutable;
using System.Globalization;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators;

/// <summary>Names of emitted files.</summary>
static class HintNames
{
    /// <summary>A class's full name: "Demo.Outer+Inner`1".</summary>
    public static string Of(INamedTypeSymbol type)
    {
        if (type.ContainingType is { } container)
            return $"{Of(container)}+{type.MetadataName}";
        return type.ContainingNamespace.IsGlobalNamespace ? type.MetadataName : $"{type.ContainingNamespace.ToDisplayString()}.{type.MetadataName}";
    }

    /// <summary>The names that another name equals but for case: the compiler takes each only once, ignoring case.</summary>
    public static EquatableArray<string> Clashes(ImmutableArray<string> names, CancellationToken cancellation) =>
        new(names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(alike => alike.Count() > 1).SelectMany(alike => alike));

    /// <summary>The name of a file about the class named; a clash is told apart by the positions of the capitals.</summary>
    public static string File(string name, EquatableArray<string> clashes, string kind = "")
    {
        var capitals = clashes.Contains(name)
            ? "-" + string.Join(",", name.Select((c, i) => char.IsUpper(c) ? i.ToString(CultureInfo.InvariantCulture) : "").Where(i => i != ""))
            : "";
        return $"{name}{capitals}{kind}.g.cs";
    }
}
