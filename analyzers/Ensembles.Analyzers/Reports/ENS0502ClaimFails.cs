using Ensembles.Declarations;
using Ensembles.Evaluation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Reports;

/// <summary>A claim that did not hold in the last report, and of which nobody stated that it may not.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0502ClaimFails() : EvidenceAnalyzer(rule)
{
    public const string Id = "ENS0502";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A claim that did not hold in the last report",
        messageFormat: "`{0}` claims {1}, which {2} ({3})",
        RuleGroup.Evidence,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(EnsembleDeclaration ensemble, Evidence? found, Report report)
    {
        foreach (var claim in found?.Claims ?? [])
        {
            if (claim.Holds == ClaimEvidence.No && PlaceOf(ensemble, claim.Component) is { } place)
                report(place, claim.Component, claim.Strength, claim.Says, found!.Setting);
        }
    }
}
