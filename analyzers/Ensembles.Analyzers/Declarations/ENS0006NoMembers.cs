using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>An ensemble without members.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0006NoMembers() : EnsembleAnalyzer(rule)
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

    protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        if (ensemble.Members.Any())
            return;

        var gates = ensemble.Gates.Select(gate => gate.Name).ToList();
        report(ensemble.Place, ensemble.Name, gates.Count switch
        {
            0 => "nothing votes",
            1 => $"{Wording.Names(gates)} has nothing to guard",
            _ => $"{Wording.Names(gates)} have nothing to guard",
        });
    }
}
