using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>Properties marked as components in a type that is no ensemble.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0012NoEnsemble() : TypeAnalyzer(rule)
{
    public const string Id = "ENS0012";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "Components in a class that is no ensemble",
        messageFormat: "No code is generated for `{0}`: it marks {1} as {2}, and has no [Ensemble<...>] that names a "
            + "voting rule",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(
        INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        if (StrayComponents.Of(type, known, null, cancellation) is not { } stray)
            return;
        var names = stray.Components.Select(component => component.Name).Distinct().ToList();
        report(stray.Place, type.Name, Wording.Names(names), names.Count == 1 ? "a component" : "components");
    }
}
