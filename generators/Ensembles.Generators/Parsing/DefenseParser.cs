using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads what a defense says about itself.</summary>
static class DefenseParser
{
    /// <summary>The defense as seen from the ensemble that it stands in.</summary>
    public static DefenseModel Parse(INamedTypeSymbol type, INamedTypeSymbol ensemble, KnownTypes known) => new(
        type.FullName(),
        type.Name,
        Category(type, known),
        new(Strengths(type, ensemble, known).Select(strength => strength.FullName())),
        IsRandomized: type.Implements(known.Randomized),
        IsConstructible: !type.IsAbstract);

    static string? Category(INamedTypeSymbol type, KnownTypes known)
    {
        var argument = type.AttributesOf(known.Defense).FirstOrDefault()?.ConstructorArguments.FirstOrDefault();
        if (argument is not { Kind: TypedConstantKind.Enum, Type: { } category, Value: { } value })
            return null;
        var field = category.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => Equals(f.ConstantValue, value));
        return field is null ? null : $"{category.FullName()}.{field.Name}";
    }

    // A strength that generated code cannot name is left out: an internal one of another assembly, or one that does not exist.
    static IEnumerable<INamedTypeSymbol> Strengths(INamedTypeSymbol type, INamedTypeSymbol ensemble, KnownTypes known) => type
        .AttributesOf(known.Claims)
        .Select(claim => claim.AttributeClass!.TypeArguments.FirstOrDefault())
        .OfType<INamedTypeSymbol>()
        .Where(strength => strength.ImplementsOpenly(known.Strength) && known.Compilation.IsSymbolAccessibleWithin(strength, ensemble));
}
