using Ensembles.Declarations;
using Ensembles.Evaluation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Reports;

/// <summary>What the last report says of a component.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0501Contribution() : EvidenceAnalyzer(rule)
{
    public const string Id = "ENS0501";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "What the last report says of this component",
        messageFormat: "`{0}` {1} ({2})",
        RuleGroup.Evidence,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(EnsembleDeclaration ensemble, Evidence? found, Report report)
    {
        foreach (var component in found?.Components ?? [])
        {
            if (PlaceOf(ensemble, component.Name) is { } place)
                report(place, component.Name, component.Says, found!.Setting);
        }
    }
}
