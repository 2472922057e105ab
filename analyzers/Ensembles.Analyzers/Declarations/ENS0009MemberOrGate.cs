using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>A component that cannot do what its attribute says: a detector as member, a classifier as gate.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0009MemberOrGate() : FaultAnalyzer(rule, FaultKind.WrongRole)
{
    public const string Id = "ENS0009";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A detector as member, or a classifier as gate",
        messageFormat: "`{0}` is marked {1}, but {2}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));
}
