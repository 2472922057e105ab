using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace Ensembles.CodeFixes;

/// <summary>Lets classes implement interfaces of the library.</summary>
static class Implementations
{
    /// <summary>Whether this part of a class names an interface.</summary>
    public static bool Names(this ClassDeclarationSyntax declaration, string @interface) =>
        declaration.BaseList?.Types.Any(type =>
            type.Type.DescendantNodesAndSelf()
                .OfType<SimpleNameSyntax>()
                .Any(name => name.Identifier.ValueText == @interface)) == true;

    /// <summary>
    /// The class with an interface of the library behind its other bases; of a class without any, as it is.
    /// </summary>
    public static ClassDeclarationSyntax WithInterface(this ClassDeclarationSyntax declaration, string @interface)
    {
        var type = SyntaxFactory.SimpleBaseType(Declarations.LibraryName(@interface));
        if (declaration.BaseList is not { Types.Count: > 0 } list)
            return declaration;
        var last = list.Types.Last();
        var types = list.Types.Replace(last, last.WithoutTrailingTrivia())
            .Add(type.WithTrailingTrivia(last.GetTrailingTrivia()));
        return declaration.WithBaseList(list.WithTypes(types).WithAdditionalAnnotations(Formatter.Annotation));
    }

    /// <summary>The class with one more member in front of another.</summary>
    public static ClassDeclarationSyntax WithMemberBefore(
        this ClassDeclarationSyntax declaration, MemberDeclarationSyntax next, MemberDeclarationSyntax member)
    {
        if (declaration.IsOnOneLine())
            return declaration.WithMembers(declaration.Members
                .Replace(next, next.WithLeadingTrivia(SyntaxFactory.Space))
                .Insert(
                    declaration.Members.IndexOf(next),
                    member.WithLeadingTrivia(next.GetLeadingTrivia()).WithTrailingTrivia()));
        var leading = next.GetLeadingTrivia();
        var startsOnBlankLine = leading.FirstOrDefault().IsKind(SyntaxKind.EndOfLineTrivia);
        var before = member
            .WithLeadingTrivia(
                startsOnBlankLine ? Indentation(next).Insert(0, SyntaxFactory.LineFeed) : Indentation(next))
            .WithTrailingTrivia(SyntaxFactory.LineFeed);
        var after = startsOnBlankLine ? next : next.WithLeadingTrivia(leading.Insert(0, SyntaxFactory.LineFeed));
        var index = declaration.Members.IndexOf(next);
        return declaration.WithMembers(declaration.Members.Replace(next, after).Insert(index, before));
    }

    /// <summary>The class with one more member behind another.</summary>
    public static ClassDeclarationSyntax WithMemberAfter(
        this ClassDeclarationSyntax declaration, MemberDeclarationSyntax previous, MemberDeclarationSyntax member) =>
        declaration.WithMembers(declaration.Members.Insert(
            declaration.Members.IndexOf(previous) + 1,
            declaration.IsOnOneLine()
            ? member.WithLeadingTrivia().WithTrailingTrivia(previous.GetTrailingTrivia())
            : member.WithLeadingTrivia(Indentation(previous).Insert(0, SyntaxFactory.LineFeed))
                .WithTrailingTrivia(SyntaxFactory.LineFeed)));

    /// <summary>Whether nothing between the class's braces begins a line.</summary>
    public static bool IsOnOneLine(this ClassDeclarationSyntax declaration) => declaration.Members.Count > 0
        && !declaration.OpenBraceToken.TrailingTrivia
            .Concat(declaration.Members.SelectMany(member => member.DescendantTrivia()))
            .Concat(declaration.CloseBraceToken.LeadingTrivia)
            .Any(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));

    static SyntaxTriviaList Indentation(SyntaxNode node) =>
        SyntaxFactory.TriviaList(
            node.GetLeadingTrivia().Reverse().TakeWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)));
}
