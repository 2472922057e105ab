using Ensembles.Declarations;
using Ensembles.Evaluation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Reports;

/// <summary>The last report was made for another declaration, or is damaged.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0503OtherDeclaration() : EvidenceAnalyzer(rule)
{
    public const string Id = "ENS0503";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "The last report was made for another declaration",
        messageFormat: "`{0}{1}` was made for another declaration of `{0}`, or is damaged; run the study again",
        RuleGroup.Evidence,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(EnsembleDeclaration ensemble, Evidence? found, Report report)
    {
        if (found is null)
            report(ensemble.Place, ensemble.Name, Evidence.FileEnd);
    }
}
