using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>
/// A declaration that the generator cannot write the rest of: not partial, or nested in a type that is not, or closed
/// in another way.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0007CannotComplete() : FaultAnalyzer(rule, FaultKind.CannotComplete)
{
    public const string Id = "ENS0007";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A declaration that cannot be completed",
        messageFormat: "No code is generated for `{0}`: {1}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));
}
