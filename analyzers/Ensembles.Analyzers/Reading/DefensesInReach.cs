using System.Runtime.CompilerServices;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>Looks through assemblies for defenses.</summary>
static class DefensesInReach
{
    static readonly ConditionalWeakTable<KnownTypes, IReadOnlyList<INamedTypeSymbol>> found = new();

    /// <summary>
    /// The classes with <c>[Defense]</c> that the compilation can name, in this assembly and in those it references,
    /// ordered by name. Found on first use.
    /// </summary>
    public static IReadOnlyList<INamedTypeSymbol> Of(KnownTypes known) => found.GetValue(known, Find);

    static IReadOnlyList<INamedTypeSymbol> Find(KnownTypes known)
    {
        var library = known.DefenseAttribute.ContainingAssembly;
        var compilation = known.Compilation;
        // Only who references the library can use its attribute, which spares a walk through the framework.
        var assemblies = compilation.SourceModule.ReferencedAssemblySymbols
            .Where(assembly => assembly.Modules.Any(module => module.ReferencedAssemblies.Contains(library.Identity)))
            .Prepend(compilation.Assembly);
        return [.. assemblies
            .SelectMany(assembly => TypesIn(assembly.GlobalNamespace))
            .Where(type => type is { TypeKind: TypeKind.Class, IsAbstract: false }
                && compilation.IsSymbolAccessibleWithin(type, compilation.Assembly)
                && type.AttributesOf(known.DefenseAttribute).Any())
            .OrderBy(type => type.Name, StringComparer.Ordinal)];
    }

    static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol container)
    {
        foreach (var member in container.GetMembers())
        {
            if (member is INamedTypeSymbol type)
                yield return type;
            if (member is INamespaceOrTypeSymbol inner)
            {
                foreach (var nested in TypesIn(inner))
                    yield return nested;
            }
        }
    }
}
