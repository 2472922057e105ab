using Ensembles.Analyzers.Gradients.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Gradients;

/// <summary><c>forward</c> is random at inference and does not say so.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0202UndeclaredDraws() : GradientAnalyzer(rule, BreakKind.Draw)
{
    public const string Id = "ENS0202";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "Randomness at inference that is not declared",
        messageFormat: "`{0}` draws random numbers at inference with {1} and is not IRandomized, so attacks do not "
            + "average over its draws",
        RuleGroup.Gradient,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));
}
