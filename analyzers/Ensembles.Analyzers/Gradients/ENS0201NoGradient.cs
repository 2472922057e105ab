using Ensembles.Analyzers.Gradients.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Gradients;

/// <summary><c>forward</c> uses an operation with no useful gradient and declares no surrogate.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0201NoGradient() : GradientAnalyzer(rule, BreakKind.NoGradient)
{
    public const string Id = "ENS0201";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "An operation without a useful gradient, and no surrogate",
        messageFormat: "The gradient of `{0}` ends at {1}, and no surrogate takes its place",
        RuleGroup.Gradient,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));
}
