using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
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

    private protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        if (Protection.OnlyBy(Category.GradientMasking, ensemble) is not { Count: > 0 } names)
            return;

        var verb = names.Count == 1 ? "masks gradients" : "mask gradients";
        report(ensemble.Place, Wording.Names(names), verb, ensemble.Name);
    }
}
