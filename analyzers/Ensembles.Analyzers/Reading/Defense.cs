using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>What a class says about itself as a defense, here or in a referenced assembly.</summary>
public sealed class Defense
{
    Defense(INamedTypeSymbol type, AttributeData attribute, KnownTypes known)
    {
        Type = type;
        Attribute = attribute;
        Categories = attribute.Categories();
        Claims = [.. type.AttributesOf(known.ClaimsAttribute).Where(claim => claim.AttributeClass!.TypeArguments is [INamedTypeSymbol { TypeKind: not TypeKind.Error }])];
    }

    public INamedTypeSymbol Type { get; }

    public AttributeData Attribute { get; }

    /// <summary>Its categories, one or two; null where one is not known here.</summary>
    public IReadOnlyList<Category>? Categories { get; }

    /// <summary>Whether it says that it has no defense of its own.</summary>
    public bool IsUndefended => Categories is [Category.Undefended];

    /// <summary>Its <c>[Claims]</c>.</summary>
    public IReadOnlyList<AttributeData> Claims { get; }

    /// <summary>The strengths it claims. A network without a defense of its own has none, whatever it claims.</summary>
    public IEnumerable<INamedTypeSymbol> Strengths => IsUndefended ? [] : Claims.Select(StrengthOf);

    /// <summary>The strength that a claim names.</summary>
    public static INamedTypeSymbol StrengthOf(AttributeData claim) => (INamedTypeSymbol)claim.AttributeClass!.TypeArguments[0];

    /// <summary>The defense; null for a class without <c>[Defense]</c>.</summary>
    public static Defense? Of(INamedTypeSymbol type, KnownTypes known) =>
        type.AttributesOf(known.DefenseAttribute).FirstOrDefault() is { } attribute ? new Defense(type, attribute, known) : null;

    /// <summary>Whether it is one of the library's roles.</summary>
    public bool HasRole(KnownTypes known) => Type.DerivesFrom(known.Classifier) || Type.DerivesFrom(known.Detector) || Type.DerivesFrom(known.InputTransform);
}
