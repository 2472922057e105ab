using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>A component whose type is not a defense.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0008NotADefense() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0008";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A component that is not a defense",
        messageFormat: "`{0}` is of type {1}, which {2}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override bool IsAboutWhatRuns => false;

    private protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        // What is inherited is judged where it is declared.
        foreach (var component in ensemble.Own)
        {
            // A type that does not exist is the compiler's to report.
            // Of an ensemble each component is judged where it is declared.
            if (component is
                {
                    Defense: null, Class: not { IsEnsemble: true }, Type: { TypeKind: not TypeKind.Error } type,
                })
                report(
                    component.Syntax!.Type.GetLocation(), component.Name, Wording.Code(type),
                    IsEnsemble(type, ensemble.Known)
                        ? "is an ensemble whose class has no [Ensemble<...>] itself, so that its components are not "
                            + "known: name a class that has"
                        : "is not marked [Defense]");
        }
    }

    static bool IsEnsemble(ITypeSymbol type, KnownTypes known) =>
        type is INamedTypeSymbol named
        && (named.DerivesFrom(known.Ensemble) || named.AttributesOf(known.EnsembleAttribute).Any());
}
