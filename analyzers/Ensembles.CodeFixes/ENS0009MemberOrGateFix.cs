using System.Composition;
using Ensembles.Analyzers.Declarations;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.CodeFixes;

/// <summary>
/// Puts the right one of <c>[Member]</c>, <c>[Gate]</c> and <c>[Front]</c>. Their arguments mean nothing to each other
/// and go.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0009MemberOrGateFix() : RuleFix(ENS0009MemberOrGate.Id)
{
    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node.FirstAncestorOrSelf<AttributeSyntax>() is not { } attribute
            || attribute.FirstAncestorOrSelf<PropertyDeclarationSyntax>() is not { } property
            || finding.Model.GetDeclaredSymbol(property, cancellation) is not { } symbol
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || EnsembleDeclaration.Of(symbol.ContainingType, known) is not { } ensemble
            || ensemble.Components.FirstOrDefault(c => c.Syntax == property) is not { RightMark: { } other } component)
            return [];

        return
        [
            new($"Mark {component.Name} [{other}]", nameof(ENS0009MemberOrGateFix), finding.Edit(attribute, current =>
                current.WithName(SyntaxFactory.IdentifierName(other).WithTriviaFrom(current.Name))
                    .WithArgumentList(null)
                    .WithTrailingTrivia(current.GetTrailingTrivia()))),
        ];
    }
}
