using Ensembles.Analyzers.Declarations;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Compiling;

/// <summary>
/// A member or a gate that a compiled plan cannot freeze, so that it runs as it is, on its own weights.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0301RunsEagerly() : EnsembleAnalyzer(rule)
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

    private protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        foreach (var component in ensemble.Own.Where(component =>
            component is { HasRole: true, Class.IsEnsemble: false }))
        {
            if (Freezing.Of(ensemble.Known).ObstacleIn(component.Class!.Type, cancellation) is { } obstacle)
                report(component.Place, component.Name, obstacle);
        }
    }
}
