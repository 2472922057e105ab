using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>The ensemble's only protection is gradient masking.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0004OnlyMasking() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0004";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "The only protection is gradient masking",
        messageFormat: "{0} {1}, and nothing else protects `{2}`: an attack that knows of it goes around masking",
        RuleGroup.Diversity,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        if (ensemble.ProtectedOnlyBy(Category.GradientMasking) is { Count: > 0 } names)
            report(ensemble.Place, Wording.Names(names), names.Count == 1 ? "masks gradients" : "mask gradients", ensemble.Name);
    }
}
