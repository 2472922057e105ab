using Ensembles.Declarations;
using Ensembles.Forwards;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Compiling;

/// <summary>
/// A member or a gate that a compiled plan cannot freeze, so that it runs as it is, on its own weights; and a module
/// that asks for a graph of its <c>forward</c>, where there is none.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0301RunsEagerly() : TypeAnalyzer(rule)
{
    public const string Id = "ENS0301";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A part that cannot be compiled runs eagerly",
        messageFormat: "`{0}` cannot be compiled and runs eagerly: {1}",
        RuleGroup.Performance,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(
        INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        if (ForwardGraphs.IsMarked(type)
            && !TypeFaults.OfNesting(type).Any()
            && ForwardGraphs.Of(known).In(type, cancellation).Obstacle is { Place: var place, Reason: var reason })
            report(place.GetLocation(), type.Name, $"{reason}, in {Translation.Quoted(place)}");

        if (EnsembleDeclaration.Of(type, known) is not { IsComplete: true } ensemble)
            return;
        foreach (var component in ensemble.Own.Where(component =>
            component is { HasRole: true, Class.IsEnsemble: false }))
        {
            if (Freezing.Of(known).ObstacleIn(component.Class!.Type, cancellation) is { } obstacle)
                report(component.Place, component.Name, obstacle);
        }
    }
}
