using System.Composition;
using Ensembles.Analyzers.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace Ensembles.CodeFixes;

/// <summary>
/// Makes partial what must be: every part of the class, the types around it, and the properties of its components.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0007CannotCompleteFix() : RuleFix(ENS0007CannotComplete.Id)
{
    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation) => finding.Node switch
    {
        PropertyDeclarationSyntax property when CanBePartial(property) =>
            [new(
                $"Make {property.Identifier.ValueText} partial", nameof(ENS0007CannotCompleteFix),
                finding.Edit(property, WithPartial))],
        TypeDeclarationSyntax type
            when !type.Modifiers.Any(SyntaxKind.PartialKeyword)
                && finding.Model.GetDeclaredSymbol(type, cancellation) is { } symbol =>
            [new(
                $"Make {type.Identifier.ValueText} partial", nameof(ENS0007CannotCompleteFix),
                EveryPart(finding, symbol, cancellation))],
        _ => [],
    };

    static Func<SolutionEditor, CancellationToken, Task> EveryPart(
        Finding finding, INamedTypeSymbol type, CancellationToken cancellation)
    {
        var parts = finding.Document.Project.Solution.DeclarationsOf(type, cancellation).ToList();
        return async (editor, token) =>
        {
            foreach (var (document, declaration) in parts)
                await Finding.Edit(document, declaration, Declarations.WithPartial)(editor, token)
                    .ConfigureAwait(false);
        };
    }

    // With a body, an initializer or a setter of its own the generator could not complete it either.
    static bool CanBePartial(PropertyDeclarationSyntax property) =>
        !property.Modifiers.Any(SyntaxKind.PartialKeyword)
        && !property.Modifiers.Any(SyntaxKind.StaticKeyword)
        && property is
        {
            ExplicitInterfaceSpecifier: null,
            ExpressionBody: null,
            Initializer: null,
            AccessorList.Accessors: [
                { RawKind: (int)SyntaxKind.GetAccessorDeclaration, Body: null, ExpressionBody: null,
                    Modifiers.Count: 0 }],
        };

    static PropertyDeclarationSyntax WithPartial(PropertyDeclarationSyntax property)
    {
        if (property.Modifiers.Any(SyntaxKind.PartialKeyword))
            return property;
        var partial = SyntaxFactory.Token(SyntaxKind.PartialKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        return property.Modifiers.Count > 0
            ? property.WithModifiers(property.Modifiers.Add(partial))
            : property.WithType(property.Type.WithoutLeadingTrivia())
                .WithModifiers(SyntaxFactory.TokenList(partial.WithLeadingTrivia(property.Type.GetLeadingTrivia())));
    }
}
