using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>All protection is detection.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0005OnlyDetection() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0005";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "All protection is detection",
        messageFormat: "{0} {1}, and nothing else protects `{2}`: one joint loss goes around detection",
        RuleGroup.Diversity,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        if (Protection.OnlyBy(Category.Detection, ensemble) is { Count: > 0 } names)
            report(ensemble.Place, Wording.Names(names), names.Count == 1 ? "detects" : "detect", ensemble.Name);
    }
}
