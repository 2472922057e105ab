using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>The categories of <c>Ensembles.Category</c>, by name.</summary>
enum Category
{
    FeatureSeparation,
    NonRobustFeatures,
    GradientMasking,
    Detection,
    Certification,
    Undefended,
}

/// <summary>Reads categories from metadata.</summary>
static class CategoryExtensions
{
    /// <summary>
    /// The categories that a <c>[Defense]</c> names, each once; null where one is none of those known here. A defense
    /// that is undefended and something else is the other.
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

    static Category? AsCategory(TypedConstant constant)
    {
        // By name: numbers may be assigned anew in another version of the library.
        if (constant is not { Kind: TypedConstantKind.Enum, Type: { } type, Value: { } value })
            return null;
        var field = type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => Equals(f.ConstantValue, value));
        return field is not null && Enum.TryParse<Category>(field.Name, out var category) ? category : null;
    }
}
