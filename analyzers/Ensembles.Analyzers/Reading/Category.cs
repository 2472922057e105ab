using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>The categories of <c>Ensembles.Category</c>, by name.</summary>
public enum Category
{
    FeatureSeparation,
    NonRobustFeatures,
    GradientMasking,
    Detection,
    Certification,
    Undefended,
}

/// <summary>Categories in metadata and in sentences.</summary>
static class CategoryExtensions
{
    /// <summary>
    /// The categories that a <c>[Defense]</c> names, each once; null where one is none of those known here. A defense that
    /// is undefended and something else is the other.
    /// </summary>
    public static IReadOnlyList<Category>? Categories(this AttributeData defense)
    {
        var named = defense.ConstructorArguments.Select(AsCategory).Distinct().ToList();
        if (named.Count == 0 || named.Contains(null))
            return null;
        if (named.Count > 1)
            named.Remove(Category.Undefended);
        return [.. named.OfType<Category>()];
    }

    /// <summary>The category of an enum constant; null where it is none of those known here.</summary>
    static Category? AsCategory(TypedConstant constant)
    {
        // By name: numbers may be assigned anew in another version of the library.
        if (constant is not { Kind: TypedConstantKind.Enum, Type: { } type, Value: { } value })
            return null;
        var field = type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => Equals(f.ConstantValue, value));
        return field is not null && Enum.TryParse<Category>(field.Name, out var category) ? category : null;
    }

    /// <summary>What one defense of the category does: "removes non-robust features".</summary>
    public static string Does(this Category category) => category switch
    {
        Category.FeatureSeparation => "separates features",
        Category.NonRobustFeatures => "removes non-robust features",
        Category.GradientMasking => "masks gradients",
        Category.Detection => "detects",
        Category.Undefended => "lacks a defense of its own",
        _ => "certifies",
    };

    /// <summary>What several defenses of the category do: "remove non-robust features".</summary>
    public static string Do(this Category category) => category switch
    {
        Category.FeatureSeparation => "separate features",
        Category.NonRobustFeatures => "remove non-robust features",
        Category.GradientMasking => "mask gradients",
        Category.Detection => "detect",
        Category.Undefended => "lack a defense of their own",
        _ => "certify",
    };
}
