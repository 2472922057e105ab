using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace Ensembles.CodeFixes;

/// <summary>Where types are declared, and small changes to their declarations.</summary>
static class Declarations
{
    /// <summary>
    /// The parts of a type that a person wrote, with their documents, in any project of the solution.
    /// </summary>
    public static IEnumerable<(Document Document, TypeDeclarationSyntax Declaration)> DeclarationsOf(
        this Solution solution, INamedTypeSymbol type, CancellationToken cancellation)
    {
        foreach (var part in type.DeclaringSyntaxReferences)
        {
            if (solution.GetDocument(part.SyntaxTree) is { } document and not SourceGeneratedDocument
                && part.GetSyntax(cancellation) is TypeDeclarationSyntax declaration)
                yield return (document, declaration);
        }
    }

    /// <summary>A name of the library, shortened where its namespace is imported.</summary>
    public static NameSyntax LibraryName(string name) =>
        SyntaxFactory.ParseName($"global::Ensembles.{name}").WithAdditionalAnnotations(Simplifier.Annotation);

    /// <summary>The declaration with one more attribute, on a line of its own behind the others.</summary>
    public static TypeDeclarationSyntax WithAttribute(this TypeDeclarationSyntax declaration, AttributeSyntax attribute)
    {
        var list = SyntaxFactory.AttributeList(SyntaxFactory.SingletonSeparatedList(attribute))
            .WithAdditionalAnnotations(Formatter.Annotation);
        if (declaration.AttributeLists.Count > 0)
            return declaration.WithAttributeLists(
                declaration.AttributeLists.Add(
                    list.WithLeadingTrivia(Indentation(declaration.AttributeLists[0]))
                        .WithTrailingTrivia(declaration.AttributeLists.Last().GetTrailingTrivia())));

        // What stood before the class, documentation above all, now stands before its attribute.
        return (
            (TypeDeclarationSyntax)declaration
                .WithoutLeadingTrivia()
                .AddAttributeLists(
                    list.WithTrailingTrivia(
                        BeginsLine(declaration) ? SyntaxFactory.ElasticLineFeed : SyntaxFactory.Space)))
            .WithLeadingTrivia(declaration.GetLeadingTrivia());
    }

    static bool BeginsLine(SyntaxNode declaration)
    {
        var first = declaration.GetFirstToken();
        var before = first.GetPreviousToken();
        return before.RawKind == 0
            || before.TrailingTrivia.Concat(first.LeadingTrivia)
                .Any(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
    }

    /// <summary>The declaration with "partial" as its last modifier.</summary>
    public static TypeDeclarationSyntax WithPartial(this TypeDeclarationSyntax declaration)
    {
        if (declaration.Modifiers.Any(SyntaxKind.PartialKeyword))
            return declaration;
        var partial = SyntaxFactory.Token(SyntaxKind.PartialKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        if (declaration.Modifiers.Count > 0)
            return declaration.WithModifiers(declaration.Modifiers.Add(partial));
        var keyword = declaration.Keyword;
        return declaration.WithKeyword(keyword.WithLeadingTrivia())
            .WithModifiers(SyntaxFactory.TokenList(partial.WithLeadingTrivia(keyword.LeadingTrivia)));
    }

    static SyntaxTriviaList Indentation(SyntaxNode node) =>
        SyntaxFactory.TriviaList(
            node.GetLeadingTrivia().Reverse().TakeWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)));
}
