using System.Composition;
using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.CodeFixes;

/// <summary>Adds the claim that would make a member orthogonal to the others, to its class.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0002NoOwnStrengthFix() : RuleFix(ENS0002NoOwnStrength.Id)
{
    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node.FirstAncestorOrSelf<PropertyDeclarationSyntax>() is not { } property
            || finding.Model.GetDeclaredSymbol(property, cancellation) is not { } symbol
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || EnsembleDeclaration.Of(symbol.ContainingType, known) is not { } ensemble
            || Redundancy.Of(ensemble).FirstOrDefault(other => other.Name == symbol.Name) is not { } member
            || member is not { Defense: { IsEnsemble: false, Categories: { } categories } defense }
            // A claim of the class would be one of both members.
            || ensemble.Members.Count(other => SymbolEqualityComparer.Default.Equals(other.Type, defense.Type)) > 1
            || finding.Solution.DeclarationsOf(defense.Type, cancellation).FirstOrDefault() is not { Document: { } } at)
            return [];

        var claimed = new HashSet<string>(Redundancy.Strengths(ensemble.Members).Select(strength => strength.Name));
        var free = Strengths.ShippedFor(categories).Where(strength => !claimed.Contains(strength)).ToList();
        // Each redundant member of the ensemble is offered another strength first, so that fixing all leaves none
        // alike.
        var turn = Redundancy.Of(ensemble)
            .TakeWhile(other => other.Name != member.Name)
            .Count(other => other.Categories?.Intersect(categories).Any() == true);
        return
        [
            .. free.Skip(turn).Take(1).Select(strength => Claim(strength, nameof(ENS0002NoOwnStrengthFix))),
            .. free.Where((_, i) => i != turn).Select(strength => Claim(strength, strength)),
        ];

        Fix Claim(string strength, string key) => new(
            $"Claim {strength} for {defense.Type.Name}", key,
            Finding.Edit(
                at.Document, at.Declaration,
                current => Claims(current, strength) ? current : current.WithAttribute(
                SyntaxFactory.Attribute(Declarations.LibraryName($"Claims<global::Ensembles.{strength}>")))));
    }

    static bool Claims(TypeDeclarationSyntax declaration, string strength) => declaration.AttributeLists
        .SelectMany(list => list.Attributes)
        .Any(attribute =>
            attribute.Name.DescendantNodesAndSelf()
                .OfType<SimpleNameSyntax>()
                .Any(name => name.Identifier.ValueText == strength));
}
