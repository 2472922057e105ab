using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>Weights, rates and quorums that cannot be.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0010ImpossibleNumber() : FaultAnalyzer(rule, FaultKind.ImpossibleNumber)
{
    public const string Id = "ENS0010";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "An impossible number",
        messageFormat: "The {0} of `{1}` is {2}; {3}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));
}
