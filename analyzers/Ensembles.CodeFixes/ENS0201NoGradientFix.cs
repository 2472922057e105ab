using System.Composition;
using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Gradients.Flow;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.CodeFixes;

/// <summary>
/// Declares a straight-through surrogate: <c>forward</c> without the steps that end its gradient, where these are all
/// there is to leave out, and the identity for what maps images to images.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0201NoGradientFix() : RuleFix(ENS0201NoGradient.Id)
{
    /// <summary>
    /// Methods whose result has the shape and the type of what they are called on, and about its values.
    /// </summary>
    static readonly HashSet<string> steps = ["round", "floor", "ceil", "trunc", "fix", "detach"];

    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { BaseList: not null } declaration
            || finding.Model.GetDeclaredSymbol(declaration, cancellation) is not { } type
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || !type.DerivesFrom(known.Module)
            || type.AllInterfaces.Any(i => i.Name == "INonDifferentiable")
            || type.GetMembers("surrogate").Any()
            || ForwardIn(declaration) is not { } forward
            || finding.Model.GetDeclaredSymbol(forward, cancellation) is not { } symbol
            || !SymbolEqualityComparer.Default.Equals(symbol.ReturnType, symbol.Parameters[0].Type))
            return [];

        var fixes = new List<Fix>();
        if (CanLeaveOut(forward, type, known, finding.Model, cancellation))
            fixes.Add(Declare($"Pass the gradient of {type.Name} straight through", "StraightThrough", WithoutSteps));
        if (type.DerivesFrom(known.InputTransform))
            fixes.Add(Declare($"Take the gradient of {type.Name} for that of the identity", "Identity", Identity));
        return fixes;

        Fix Declare(string title, string key, Func<MethodDeclarationSyntax, MethodDeclarationSyntax> surrogateOf) =>
            new(title, key, finding.Edit(declaration, current =>
            current.Names("INonDifferentiable") || ForwardIn(current) is not { } now
                ? current
                : current.WithMemberAfter(now, surrogateOf(now)).WithInterface("INonDifferentiable")));
    }

    static MethodDeclarationSyntax? ForwardIn(ClassDeclarationSyntax declaration) =>
        declaration.Members.OfType<MethodDeclarationSyntax>()
        .FirstOrDefault(method =>
            method is { Identifier.ValueText: "forward", ParameterList.Parameters.Count: 1 }
                && (method.Body is not null || method.ExpressionBody is not null));

    static bool CanLeaveOut(
        MethodDeclarationSyntax forward, INamedTypeSymbol type, KnownTypes known, SemanticModel model,
        CancellationToken cancellation)
    {
        var calls = StepsIn(forward).ToList();
        var names = new HashSet<Location>(
            calls.Select(call => ((MemberAccessExpressionSyntax)call.Expression).Name.Identifier.GetLocation()));
        return calls.All(call =>
            model.GetTypeInfo(
                ((MemberAccessExpressionSyntax)call.Expression).Expression, cancellation).Type is { Name: "Tensor" })
            && GradientBreaks.Of(known)
                .In(type, cancellation)
                .Where(found => found.Kind == BreakKind.NoGradient)
                .All(found => names.Contains(found.Place));
    }

    static IEnumerable<InvocationExpressionSyntax> StepsIn(SyntaxNode forward) =>
        forward.DescendantNodes().OfType<InvocationExpressionSyntax>()
        .Where(call =>
            call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: var name }
                && steps.Contains(name));

    static MethodDeclarationSyntax WithoutSteps(MethodDeclarationSyntax forward) => Surrogate(
        forward.ReplaceNodes(StepsIn(forward), (call, inner) =>
        {
            var called = (MemberAccessExpressionSyntax)((InvocationExpressionSyntax)inner).Expression;
            var operand = called.Expression.WithoutTrailingTrivia();
            // A variable of its own may be disposed, which its operand must not be.
            return (call.Parent is EqualsValueClauseSyntax
                ? SyntaxFactory.InvocationExpression(
                    SyntaxFactory.MemberAccessExpression(
                        SyntaxKind.SimpleMemberAccessExpression, operand, SyntaxFactory.IdentifierName("alias")))
                : operand).WithTrailingTrivia(inner.GetTrailingTrivia());
        }));

    static MethodDeclarationSyntax Identity(MethodDeclarationSyntax forward) => Surrogate(forward
        .WithBody(null)
        .WithParameterList(forward.ParameterList.WithTrailingTrivia(SyntaxFactory.Space))
        .WithExpressionBody(
            SyntaxFactory.ArrowExpressionClause(
                SyntaxFactory.ParseExpression($" {forward.ParameterList.Parameters[0].Identifier.Text}.alias()")))
        .WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken)));

    static MethodDeclarationSyntax Surrogate(MethodDeclarationSyntax forward) => forward
        .WithAttributeLists(default)
        .WithModifiers(
            SyntaxFactory.TokenList(
                SyntaxFactory.Token(SyntaxKind.PublicKeyword).WithTrailingTrivia(SyntaxFactory.Space)))
        .WithReturnType(forward.ReturnType.WithoutLeadingTrivia())
        .WithIdentifier(SyntaxFactory.Identifier("surrogate").WithTriviaFrom(forward.Identifier));
}
