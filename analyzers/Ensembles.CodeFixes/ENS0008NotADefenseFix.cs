using System.Composition;
using Ensembles.Analyzers.Declarations;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.CodeFixes;

/// <summary>Marks a component's class <c>[Defense]</c>, with a category that it can have.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0008NotADefenseFix() : RuleFix(ENS0008NotADefense.Id)
{
    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node.FirstAncestorOrSelf<PropertyDeclarationSyntax>() is not { } property
            || finding.Model.GetDeclaredSymbol(property, cancellation)?.Type is not INamedTypeSymbol type
            || type.TypeKind != TypeKind.Class
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || Defense.Of(type, known) is not null
            || finding.Solution.DeclarationsOf(type, cancellation).FirstOrDefault() is not { Document: not null } place)
            return [];

        var categories = Categories(type, known);
        return [.. categories.Select(category => new Fix(
            $"Mark {type.Name} [Defense(Category.{category})]", category.ToString(),
            Finding.Edit(
                place.Document, place.Declaration,
                current => IsMarked(current) ? current : current.WithAttribute(Attribute(category))))
        {
            IsDecision = categories.Length > 1,
        })];
    }

    static Category[] Categories(INamedTypeSymbol type, KnownTypes known)
    {
        if (type.DerivesFrom(known.Detector))
            return [Category.Detection];
        return type.DerivesFrom(known.Classifier)
            ?
            [
                Category.NonRobustFeatures, Category.FeatureSeparation, Category.GradientMasking,
                Category.Certification, Category.Undefended,
            ]
            : [];
    }

    static AttributeSyntax Attribute(Category category) => SyntaxFactory.Attribute(
        Declarations.LibraryName("Defense"),
        SyntaxFactory.AttributeArgumentList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.AttributeArgument(
            SyntaxFactory.MemberAccessExpression(
                SyntaxKind.SimpleMemberAccessExpression, Declarations.LibraryName("Category"),
                SyntaxFactory.IdentifierName(category.ToString()))))));

    static bool IsMarked(TypeDeclarationSyntax declaration) => declaration.AttributeLists
        .SelectMany(list => list.Attributes)
        .Any(attribute => attribute.Name.ToString().EndsWith("Defense", StringComparison.Ordinal));
}
