using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>An ablation suite that names no ensemble, or a project without xunit.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0401SuiteOfNothing() : TypeAnalyzer(rule)
{
    public const string Id = "ENS0401";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "An ablation suite without an ensemble or without xunit",
        messageFormat: "No tests are generated for `{0}`: {1}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    protected override void Analyze(INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        if (SuiteDeclaration.Of(type, known) is not { } suite)
            return;

        if (!known.HasXunit)
            report(suite.Attribute.Place(), type.Name, "this project does not reference xunit");
        // What does not exist, or is no ensemble at all, the compiler refuses.
        if (suite.Ensemble is { TypeKind: not TypeKind.Error } ensemble && !ensemble.GetMembers().OfType<IPropertySymbol>().Any(property => Component.Of(property, known) is not null))
            report(suite.Attribute.Place(), type.Name, $"{Wording.Code(ensemble)} declares no [Member] and no [Gate]");
    }
}
