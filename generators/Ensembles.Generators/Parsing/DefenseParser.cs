using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>What a defense says about itself, wherever it stands.</summary>
sealed class DefenseParser(INamedTypeSymbol type, KnownTypes known)
{
    readonly DefenseModel everywhere = new(
        type.FullName(),
        type.Name,
        new(Categories(type, known)),
        default,
        IsRandomized: type.Implements(known.Randomized),
        IsConstructible: !type.IsAbstract);

    readonly List<(INamedTypeSymbol Type, string Name)> strengths = [.. type
        .AttributesOf(known.Claims)
        .Select(claim => claim.AttributeClass!.TypeArguments.FirstOrDefault())
        .OfType<INamedTypeSymbol>()
        .Where(strength => strength.ImplementsOpenly(known.Strength))
        .Select(strength => (strength, strength.FullName()))];

    /// <summary>Whether it may vote.</summary>
    public bool IsClassifier { get; } = type.DerivesFrom(known.Classifier);

    /// <summary>Whether it may be a gate.</summary>
    public bool IsDetector { get; } = type.DerivesFrom(known.Detector);

    /// <summary>The defense as seen from the ensemble that it stands in.</summary>
    // A strength that generated code cannot name is left out: an internal one of another assembly, or one that does not exist.
    public DefenseModel In(INamedTypeSymbol ensemble) => everywhere with
    {
        Strengths = new(strengths.Where(strength => known.Compilation.IsSymbolAccessibleWithin(strength.Type, ensemble)).Select(strength => strength.Name)),
    };

    static IEnumerable<string> Categories(INamedTypeSymbol type, KnownTypes known) =>
        type.AttributesOf(known.DefenseAttribute).Take(1).SelectMany(defense => defense.ConstructorArguments).Select(Category).OfType<string>();

    static string? Category(TypedConstant argument)
    {
        if (argument is not { Kind: TypedConstantKind.Enum, Type: { } category, Value: { } value })
            return null;
        var field = category.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => Equals(f.ConstantValue, value));
        return field is null ? null : $"{category.FullName()}.{field.Name}";
    }
}
