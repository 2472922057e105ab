using System.Composition;
using Ensembles.Analyzers.Declarations;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.CodeFixes;

/// <summary>Swaps <c>[Member]</c> and <c>[Gate]</c>. Their arguments mean nothing to each other and go.</summary>
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
            || ensemble.Components.FirstOrDefault(c => c.Syntax == property) is not { ShouldSwap: true } component)
            return [];

        var other = component.IsMember ? "Gate" : "Member";
        return
        [
            new($"Mark {component.Name} [{other}]", nameof(ENS0009MemberOrGateFix), finding.Edit(attribute, current =>
                current.WithName(SyntaxFactory.IdentifierName(other).WithTriviaFrom(current.Name))
                    .WithArgumentList(null)
                    .WithTrailingTrivia(current.GetTrailingTrivia()))),
        ];
    }
}
