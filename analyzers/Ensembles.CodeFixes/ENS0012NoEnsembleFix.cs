using System.Composition;
using Ensembles.Analyzers.Declarations;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.CodeFixes;

/// <summary>Makes a class with members an ensemble, under one of the voting rules that ask for nothing else.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0012NoEnsembleFix() : RuleFix(ENS0012NoEnsemble.Id)
{
    static readonly string[] rules = ["MeanProbability", "MeanLogit", "MedianLogit", "MajorityVote"];

    // The others leave a weight out of account.
    static readonly string[] rulesOfWeights = ["WeightedMean", .. rules];

    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node is not ClassDeclarationSyntax declaration
            || finding.Model.GetDeclaredSymbol(declaration, cancellation) is not
                { IsStatic: false } type
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || StrayComponents.Of(type, known, finding.Model, cancellation) is not { } stray
            || !(type.BaseType is { SpecialType: SpecialType.System_Object }
                || SymbolEqualityComparer.Default.Equals(type.BaseType, known.Ensemble)
                || DeclaredComponent.BasesOf(type, known).Any())
            || !stray.Components.Any(component => component.IsMember))
            return [];

        var areWeighted = stray.Components.Any(component => component.MemberAttributes.Any(attribute =>
            WrittenClass.ArgumentOf(attribute, Component.WeightArgument) is not null));
        return [.. (areWeighted ? rulesOfWeights : rules).Select((rule, place) => new Fix(
            $"Mark {type.Name} [Ensemble<{rule}>]", place == 0 ? nameof(ENS0012NoEnsembleFix) : rule,
            finding.Edit(declaration, current => IsMarked(current) ? current : (ClassDeclarationSyntax)current
                .WithAttribute(SyntaxFactory.Attribute(
                    Declarations.LibraryName($"Ensemble<global::Ensembles.{rule}>"))))))];
    }

    static bool IsMarked(TypeDeclarationSyntax declaration) => declaration.AttributeLists
        .SelectMany(list => list.Attributes)
        .Any(attribute =>
            attribute.Name.DescendantNodesAndSelf()
                .OfType<GenericNameSyntax>()
                .Any(name => name.Identifier.ValueText is "Ensemble" or "EnsembleAttribute"));
}
