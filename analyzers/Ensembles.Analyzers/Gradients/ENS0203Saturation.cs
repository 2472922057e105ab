using Ensembles.Analyzers.Gradients.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Gradients;

/// <summary>A temperature or saturation that makes gradients vanish.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0203Saturation() : GradientAnalyzer(rule, BreakKind.Saturation)
{
    public const string Id = "ENS0203";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A temperature or saturation that makes gradients vanish",
        messageFormat: "The gradient of `{0}` vanishes: {1}",
        RuleGroup.Gradient,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));
}
