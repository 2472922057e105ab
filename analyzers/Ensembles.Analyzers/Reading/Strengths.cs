using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Reading;

/// <summary>Which categories can have which strength.</summary>
static class Strengths
{
    /// <summary>
    /// The strengths of the library, whose assemblies do not show what their properties return; the ones that say most
    /// about a category come first. A test holds the list to the library.
    /// </summary>
    public static IReadOnlyList<(string Name, IReadOnlyList<Category> Categories)> Shipped { get; } =
    [
        ("IntraClassCompactness", [Category.FeatureSeparation]),
        ("InterClassSeparation", [Category.FeatureSeparation]),
        ("NonRobustFeatureRemoval", [Category.NonRobustFeatures]),
        ("AdversarialRejection", [Category.Detection]),
        ("ManifoldProjection", [Category.NonRobustFeatures, Category.GradientMasking]),
        ("CertifiedRadius", [Category.Certification, Category.NonRobustFeatures, Category.FeatureSeparation]),
        ("WorstCaseMarginalization", [Category.NonRobustFeatures, Category.FeatureSeparation, Category.Certification]),
        ("SmallInputJacobian", [Category.NonRobustFeatures, Category.FeatureSeparation, Category.Certification]),
        ("TestTimeRandomness",
            [Category.GradientMasking, Category.NonRobustFeatures, Category.Detection, Category.Certification]),
        ("DecorrelatedFailure",
            [Category.FeatureSeparation, Category.NonRobustFeatures, Category.GradientMasking, Category.Certification]),
    ];

    /// <summary>The names of the library's strengths that a defense of these categories can have.</summary>
    public static IEnumerable<string> ShippedFor(IReadOnlyList<Category> categories) =>
        Shipped.Where(strength => strength.Categories.Intersect(categories).Any()).Select(strength => strength.Name);

    /// <summary>
    /// The categories of a strength of the library, or of one in source whose property lists them; else null.
    /// </summary>
    public static IReadOnlyList<Category>? CategoriesOf(INamedTypeSymbol strength, KnownTypes known)
    {
        var assembly = strength.ContainingAssembly;
        if (SymbolEqualityComparer.Default.Equals(assembly, known.Strength.ContainingAssembly)
            || assembly.Name == "Ensembles.Attacks")
            return Shipped.FirstOrDefault(shipped => shipped.Name == strength.Name).Categories;

        return strength.GetMembers("Categories")
            .OfType<IPropertySymbol>()
            .FirstOrDefault()?.DeclaringSyntaxReferences
            .FirstOrDefault()?.GetSyntax() is PropertyDeclarationSyntax property
            ? Listed(property.ExpressionBody?.Expression ?? property.Initializer?.Value)
            : null;
    }

    // Names are enough: what else than categories would stand there?
    static IReadOnlyList<Category>? Listed(ExpressionSyntax? list)
    {
        var elements = list switch
        {
            CollectionExpressionSyntax collection =>
                collection.Elements.Select(element => (element as ExpressionElementSyntax)?.Expression),
            ArrayCreationExpressionSyntax { Initializer: { } initializer } => initializer.Expressions,
            ImplicitArrayCreationExpressionSyntax array => array.Initializer.Expressions,
            _ => [],
        };
        var categories =
            elements.Select(element => Named((element as MemberAccessExpressionSyntax)?.Name ?? element)).ToList();
        return categories.Contains(null) ? null : [.. categories.OfType<Category>()];
    }

    static Category? Named(ExpressionSyntax? element) =>
        element is IdentifierNameSyntax name && Enum.TryParse<Category>(name.Identifier.ValueText, out var category)
            ? category
            : null;
}
