using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>What a class says about itself as a defense, here or in a referenced assembly.</summary>
sealed class Defense
{
    public Defense(INamedTypeSymbol type, KnownTypes known)
    {
        Type = type;
        IsEnsemble = DeclaredComponent.IsEnsemble(type, known);
        if (IsEnsemble)
        {
            var parts = DeclaredComponent.All(type, known)
                .Where(part => part.Class is { } named && !DeclaredComponent.IsEnsemble(named, known))
                .Select(part => (part.Mark, Defense: known.Defense(part.Class!)))
                .ToList();
            IsMarked = parts.Count > 0 && parts.All(part => part.Defense.IsMarked);
            Categories = IsMarked ? Joined(parts.Select(part => part.Defense.Categories)) : null;
            Claims =
            [
                .. parts.Where(part => part.Mark != "Gate" && !part.Defense.IsUndefended)
                    .SelectMany(part => part.Defense.Claims)
                    .GroupBy(StrengthOf, (_, claims) => claims.First(), SymbolEqualityComparer.Default),
            ];
            return;
        }

        Categories = type.AttributesOf(known.DefenseAttribute).FirstOrDefault()?.Categories();
        Claims =
        [
            .. type.AttributesOf(known.ClaimsAttribute)
                .Where(claim =>
                    claim.AttributeClass!.TypeArguments is [INamedTypeSymbol { TypeKind: not TypeKind.Error }]),
        ];
        IsMarked = type.AttributesOf(known.DefenseAttribute).Any();
        IsClassifier = type.DerivesFrom(known.Classifier);
        IsDetector = type.DerivesFrom(known.Detector);
        IsTransform = type.DerivesFrom(known.InputTransform);
    }

    /// <summary>The categories of an ensemble's components, each once; null where one is not known.</summary>
    static IReadOnlyList<Category>? Joined(IEnumerable<IReadOnlyList<Category>?> parts)
    {
        List<Category> joined = [];
        foreach (var categories in parts)
        {
            if (categories is null)
                return null;
            joined.AddRange(categories.Where(category => !joined.Contains(category)));
        }

        if (joined.Count > 1)
            joined.Remove(Category.Undefended);
        return joined;
    }

    public INamedTypeSymbol Type { get; }

    /// <summary>
    /// Whether it is an ensemble, as a member of another: of the categories of all its components, and with the
    /// strengths of its members and fronts.
    /// </summary>
    public bool IsEnsemble { get; }

    /// <summary>Whether it has <c>[Defense]</c>; of an ensemble whether each of its components has it.</summary>
    public bool IsMarked { get; }

    /// <summary>Its categories, one or two; null where it is not marked, or a category is not known here.</summary>
    public IReadOnlyList<Category>? Categories { get; }

    /// <summary>Whether it says that it has no defense of its own.</summary>
    public bool IsUndefended => Categories is [Category.Undefended];

    /// <summary>Its <c>[Claims]</c>.</summary>
    public IReadOnlyList<AttributeData> Claims { get; }

    /// <summary>The strengths it claims. A network without a defense of its own has none, whatever it claims.</summary>
    public IEnumerable<INamedTypeSymbol> Strengths => IsUndefended ? [] : Claims.Select(StrengthOf);

    public bool IsClassifier { get; }

    public bool IsDetector { get; }

    public bool IsTransform { get; }

    /// <summary>What it can be in an ensemble: the name of the attribute; null for nothing.</summary>
    public string? Role => IsClassifier || IsEnsemble ? "Member" : IsDetector ? "Gate" : IsTransform ? "Front" : null;

    /// <summary>Whether it is one of the library's roles.</summary>
    public bool HasRole => Role is not null;

    /// <summary>The strength that a claim names.</summary>
    public static INamedTypeSymbol StrengthOf(AttributeData claim) =>
        (INamedTypeSymbol)claim.AttributeClass!.TypeArguments[0];

    /// <summary>The defense; null for a class without <c>[Defense]</c>.</summary>
    public static Defense? Of(INamedTypeSymbol type, KnownTypes known) =>
        type.AttributesOf(known.DefenseAttribute).Any() ? known.Defense(type) : null;
}
