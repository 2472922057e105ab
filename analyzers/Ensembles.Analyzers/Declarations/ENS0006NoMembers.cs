using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>An ensemble without members.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0006NoMembers() : FaultAnalyzer(rule, FaultKind.NoMembers)
{
    public const string Id = "ENS0006";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "An ensemble without members",
        messageFormat: "`{0}` has no property marked [Member]: {1}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));
}
