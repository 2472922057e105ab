using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Finds what the compiler says wherever a type or a member is used: that it is obsolete, or experimental. Who wrote
/// the declaration has heard it, and decided; emitted code, which nobody can edit, must not say it again.
/// </summary>
static class Markings
{
    const string Obsolete = "ObsoleteAttribute";
    const string Experimental = "ExperimentalAttribute";

    /// <summary>
    /// The diagnostics of its own that the use of a symbol raises, each once. Those of an obsolete symbol without an id
    /// are not among them: every emitted file silences these.
    /// </summary>
    /// <param name="symbol">A type or a member.</param>
    /// <param name="home">The assembly that uses it, in which nothing marked as a whole is reported.</param>
    public static IEnumerable<string> IdsOf(ISymbol symbol, IAssemblySymbol home) => Around(symbol)
        .Concat(Whole(symbol, home))
        .SelectMany(part => part.GetAttributes())
        .Select(Id)
        .OfType<string>()
        // What is no identifier, no pragma can name.
        .Where(SyntaxFacts.IsValidIdentifier)
        .Distinct();

    /// <summary>
    /// The attribute with which another type says of itself what a type says, so that it may name that type; null where
    /// the type says nothing.
    /// </summary>
    public static string? MarkOf(INamedTypeSymbol type)
    {
        foreach (var mark in type.Containers().Prepend(type).SelectMany(part => part.GetAttributes()))
        {
            if (Is(mark, Obsolete, "System"))
                return "[global::System.Obsolete]";
            if (Is(mark, Experimental, "System", "Diagnostics", "CodeAnalysis") && Id(mark) is { } id)
                return "[global::System.Diagnostics.CodeAnalysis.Experimental("
                    + $"{SymbolDisplay.FormatLiteral(id, quote: true)})]";
        }

        return null;
    }

    /// <summary>The symbol, the types around it, and those that it is made of.</summary>
    static IEnumerable<ISymbol> Around(ISymbol symbol)
    {
        IEnumerable<ITypeSymbol> inner = symbol switch
        {
            INamedTypeSymbol generic => generic.TypeArguments.AsEnumerable(),
            IArrayTypeSymbol array => [array.ElementType],
            _ => [],
        };
        return symbol.Containers().Prepend(symbol).Concat(inner.SelectMany(Around));
    }

    static IEnumerable<ISymbol> Whole(ISymbol symbol, IAssemblySymbol home) =>
        from part in Around(symbol)
        let assembly = part.ContainingAssembly
        where assembly is not null && !SymbolEqualityComparer.Default.Equals(assembly, home)
        from marked in new ISymbol[] { assembly, part.ContainingModule }
        select marked;

    static string? Id(AttributeData mark)
    {
        if (Is(mark, Experimental, "System", "Diagnostics", "CodeAnalysis"))
            return mark.ConstructorArguments is [{ Value: string id }] ? id : null;
        return Is(mark, Obsolete, "System")
            ? mark.NamedArguments.FirstOrDefault(argument => argument.Key == "DiagnosticId").Value.Value as string
            : null;
    }

    static bool Is(AttributeData mark, string name, params string[] namespaces)
    {
        if (mark.AttributeClass is not { ContainingType: null } type || type.Name != name)
            return false;
        var around = type.ContainingNamespace;
        foreach (var part in Enumerable.Reverse(namespaces))
        {
            if (around.Name != part)
                return false;
            around = around.ContainingNamespace;
        }

        return around.IsGlobalNamespace;
    }
}
