using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>An ablation suite that names no ensemble, or whose tests no framework would run.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0401SuiteOfNothing() : FaultAnalyzer(rule, FaultKind.SuiteOfNothing)
{
    public const string Id = "ENS0401";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "An ablation suite without an ensemble or without a test framework",
        messageFormat: "No tests are generated for `{0}`: {1}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));
}
