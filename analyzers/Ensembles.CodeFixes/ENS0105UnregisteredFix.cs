using System.Composition;
using Ensembles.Analyzers.Defenses;
using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace Ensembles.CodeFixes;

/// <summary>
/// Registers a module: <c>RegisterComponents()</c> at the end of the constructors, or <c>register_module</c> where that
/// does not see it.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0105UnregisteredFix() : RuleFix(ENS0105Unregistered.Id)
{
    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } declaration
            || finding.Model.GetDeclaredSymbol(declaration, cancellation) is not { } type
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || Member(finding, cancellation) is not { } member
            || Registration.Missing(type, known, cancellation)
                .FirstOrDefault(gap => SymbolEqualityComparer.Default.Equals(gap.Member, member)) is not { } gap
            || !CanEdit(declaration, type))
            return [];

        var explicitly = Statement($"register_module(nameof({gap.Member.Name}), {gap.Member.Name});");
        var all = Statement("RegisterComponents();");
        return gap.Cause switch
        {
            RegistrationGap.NeverCalled =>
                [new(
                    "Call RegisterComponents()", "RegisterComponents",
                    finding.Edit(declaration, current => WithLast(current, all)))],
            RegistrationGap.CalledTooEarly =>
                [new(
                    "Call RegisterComponents() last", "RegisterComponents",
                    finding.Edit(declaration, current => WithLast(Without(current), all)))],
            RegistrationGap.CalledByBase or RegistrationGap.PrivateInBase =>
                [new(
                    $"Register {gap.Member.Name}", "register_module",
                    finding.Edit(declaration, current => WithLast(current, explicitly)))],
            _ => [],
        };
    }

    static StatementSyntax Statement(string text) =>
        SyntaxFactory.ParseStatement(text)
            .WithLeadingTrivia(SyntaxFactory.ElasticMarker)
            .WithTrailingTrivia(SyntaxFactory.ElasticMarker);

    static ISymbol? Member(Finding finding, CancellationToken cancellation) =>
        finding.Node.FirstAncestorOrSelf<VariableDeclaratorSyntax>() is { } variable
            ? finding.Model.GetDeclaredSymbol(variable, cancellation)
        : finding.Node.FirstAncestorOrSelf<PropertyDeclarationSyntax>() is { } property
            ? finding.Model.GetDeclaredSymbol(property, cancellation)
        : null;

    /// <summary>
    /// Whether all constructors stand in this part, and there is a place for one where there is none.
    /// </summary>
    static bool CanEdit(ClassDeclarationSyntax declaration, INamedTypeSymbol type) =>
        declaration.ParameterList is null
        && type.InstanceConstructors.Count(constructor =>
            !constructor.IsImplicitlyDeclared) == Constructors(declaration).Count();

    static IEnumerable<ConstructorDeclarationSyntax> Constructors(ClassDeclarationSyntax declaration) =>
        declaration.Members.OfType<ConstructorDeclarationSyntax>()
            .Where(constructor => !constructor.Modifiers.Any(SyntaxKind.StaticKeyword));

    /// <summary>The class with a statement at the end of each constructor that does not call another.</summary>
    static ClassDeclarationSyntax WithLast(ClassDeclarationSyntax declaration, StatementSyntax statement)
    {
        var constructors = Constructors(declaration)
            .Where(constructor => constructor.Initializer?.ThisOrBaseKeyword.IsKind(SyntaxKind.ThisKeyword) != true)
            .ToList();
        return constructors.Count == 0
            ? WithConstructor(declaration, statement)
            : declaration.ReplaceNodes(constructors, (_, constructor) => WithLast(constructor, statement));
    }

    static ConstructorDeclarationSyntax WithLast(ConstructorDeclarationSyntax constructor, StatementSyntax statement)
    {
        var statements = constructor.Body?.Statements
            ?? SyntaxFactory.List<StatementSyntax>(
                constructor.ExpressionBody is { } arrow ? [SyntaxFactory.ExpressionStatement(arrow.Expression)] : []);
        if (statements.Any(other => SyntaxFactory.AreEquivalent(other, statement)))
            return constructor;
        if (constructor.Body is { } body && (body.Statements.Count > 0 || body.DescendantTrivia().Any(IsComment)))
            return constructor.WithBody(
                body.DescendantTrivia().Any(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia))
                    ? body.AddStatements(statement.WithAdditionalAnnotations(Formatter.Annotation))
                    : body.AddStatements(statement.WithLeadingTrivia().WithTrailingTrivia(SyntaxFactory.Space)));

        return constructor
            .WithExpressionBody(null).WithSemicolonToken(default)
            .WithBody(SyntaxFactory.Block(statements.Add(statement)))
            .WithTrailingTrivia(constructor.GetTrailingTrivia())
            .WithAdditionalAnnotations(Formatter.Annotation);
    }

    static ClassDeclarationSyntax WithConstructor(ClassDeclarationSyntax declaration, StatementSyntax statement)
    {
        var accessibility = declaration.Modifiers.Any(SyntaxKind.AbstractKeyword)
            ? SyntaxKind.ProtectedKeyword
            : SyntaxKind.PublicKeyword;
        if (declaration.IsOnOneLine())
        {
            var inline = SyntaxFactory.ParseMemberDeclaration(
                $"{SyntaxFacts.GetText(accessibility)} {declaration.Identifier.ValueText}() => {statement}")!;
            var last = declaration.Members.TakeWhile(member => member is FieldDeclarationSyntax).LastOrDefault();
            return last is null
                ? declaration.WithMemberBefore(declaration.Members[0], inline)
                : declaration.WithMemberAfter(last, inline);
        }

        var constructor = SyntaxFactory.ConstructorDeclaration(declaration.Identifier.WithoutTrivia())
            .WithModifiers(SyntaxFactory.TokenList(SyntaxFactory.Token(accessibility)))
            .WithBody(SyntaxFactory.Block(statement))
            .WithLeadingTrivia(SyntaxFactory.ElasticLineFeed)
            .WithTrailingTrivia(SyntaxFactory.ElasticLineFeed)
            .WithAdditionalAnnotations(Formatter.Annotation);
        var fields = declaration.Members.TakeWhile(member => member is FieldDeclarationSyntax).Count();
        return declaration.WithMembers(declaration.Members.Insert(fields, constructor));
    }

    static bool IsComment(SyntaxTrivia trivia) =>
        !trivia.IsKind(SyntaxKind.WhitespaceTrivia) && !trivia.IsKind(SyntaxKind.EndOfLineTrivia);

    static ClassDeclarationSyntax Without(ClassDeclarationSyntax declaration)
    {
        var calls = Constructors(declaration)
            .SelectMany(constructor => constructor.Body?.Statements ?? [])
            .Where(statement =>
                statement is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call }
                && call.Expression is IdentifierNameSyntax { Identifier.ValueText: "RegisterComponents" });
        const SyntaxRemoveOptions options = SyntaxRemoveOptions.KeepExteriorTrivia & SyntaxRemoveOptions.KeepDirectives;
        return declaration.RemoveNodes(calls, options) ?? declaration;
    }
}
