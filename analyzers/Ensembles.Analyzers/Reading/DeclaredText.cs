using Ensembles.Declarations;
using Ensembles.Evaluation;

namespace Ensembles.Analyzers.Reading;

/// <summary>An ensemble's declaration as the text that a study writes of it.</summary>
static class DeclaredText
{
    public static string Of(EnsembleDeclaration ensemble) => Evidence.DeclarationOf(
        ensemble.Rule?.Name ?? "",
        ensemble.Quorum ?? 0,
        [
            .. ensemble.Fronts.Select(front => PartOf("front", front)),
            .. ensemble.Members.Select(member => PartOf("member", member)),
            .. ensemble.Gates.Select(gate => PartOf(gate.IsBehindFronts ? "gate behind fronts" : "gate", gate)),
            .. DeclaredComponent.All(ensemble.Type, ensemble.Known)
                .Where(part => part.Path.Contains('.'))
                .Select(part => Evidence.InnerPartOf(part.Path, part.Property.Type.Name))
                .OrderBy(part => part, StringComparer.Ordinal),
        ]);

    static string PartOf(string role, Component component) => Evidence.PartOf(
        role, component.Name, component.Type?.Name ?? "", component.Number ?? double.NaN);
}
