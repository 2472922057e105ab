using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Declarations;

/// <summary>What keeps a class, an ensemble or a suite, from getting another part.</summary>
static class TypeFaults
{
    /// <summary>The faults of a suite.</summary>
    /// <param name="type">The class.</param>
    /// <param name="base">The base class that its generated part has.</param>
    public static IEnumerable<Fault> OfSuite(INamedTypeSymbol type, INamedTypeSymbol @base)
    {
        if (type is { IsStatic: false, IsAbstract: true })
            yield return CannotComplete(type, type.Place(), "it is abstract");
        foreach (var fault in OfClass(type, @base).Concat(OfNesting(type)))
            yield return fault;
    }

    /// <summary>The faults of an ensemble, which may derive from another and may be abstract.</summary>
    public static IEnumerable<Fault> OfEnsemble(INamedTypeSymbol type, KnownTypes known) =>
        OfClass(type, DeclaredComponent.BasesOf(type, known).FirstOrDefault() ?? known.Ensemble)
            .Concat(OfNesting(type));

    static IEnumerable<Fault> OfClass(INamedTypeSymbol type, INamedTypeSymbol @base)
    {
        if (type.TypeKind != TypeKind.Class)
            yield return Fault.Elsewhere;
        else if (type.IsRecord)
            yield return CannotComplete(type, type.Place(), "it is a record");
        if (type.IsStatic)
            yield return CannotComplete(type, type.Place(), "it is static");

        if (type.BaseType is null or { TypeKind: TypeKind.Error })
            yield return Fault.Elsewhere;
        else if (type.BaseType is { SpecialType: not SpecialType.System_Object } other
            && !SymbolEqualityComparer.Default.Equals(other, @base))
            yield return CannotComplete(
                type, type.Place(), $"it derives from {Wording.Code(other)} instead of {Wording.Code(@base)}");
    }

    /// <summary>What keeps the class, and the types around it, from being opened in another file.</summary>
    public static IEnumerable<Fault> OfNesting(INamedTypeSymbol type)
    {
        foreach (var part in type.Containers().Prepend(type))
        {
            if (part.IsFileLocal)
                yield return CannotComplete(type, part.Place(), $"{Name(part, type)} is visible in its file alone");
            if (!SyntaxFacts.IsValidIdentifier(part.Name) || part.DeclaringSyntaxReferences.Length == 0)
                yield return Fault.Elsewhere;
            foreach (var reference in part.DeclaringSyntaxReferences)
            {
                if (reference.GetSyntax() is not TypeDeclarationSyntax declaration)
                    yield return Fault.Elsewhere;
                else if (!declaration.Modifiers.Any(SyntaxKind.PartialKeyword))
                    yield return CannotComplete(
                        type, declaration.Identifier.GetLocation(), $"{Name(part, type)} is not partial");
            }
        }
    }

    /// <summary>No other part can complete the class.</summary>
    /// <param name="type">The class.</param>
    /// <param name="place">Where the reason is written.</param>
    /// <param name="reason">The end of a sentence.</param>
    public static Fault CannotComplete(INamedTypeSymbol type, Location? place, string reason) =>
        new(FaultKind.CannotComplete, place, type.Name, reason);

    static string Name(INamedTypeSymbol part, INamedTypeSymbol type) =>
        SymbolEqualityComparer.Default.Equals(part, type) ? "it" : $"{Wording.Code(part)}, which it is nested in,";
}
