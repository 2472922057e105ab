using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>A majority vote over an even number of members.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0011EvenMajority() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0011";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A majority vote over an even number of members",
        messageFormat: "`{0}` takes a majority vote over {1} members, {2}: half against half is a tie, and a tie "
            + "rejects the image",
        RuleGroup.Declaration,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        var members = ensemble.Members.Select(member => member.Name).ToList();
        if (members.Count > 0
            && members.Count % 2 == 0
            && SymbolEqualityComparer.Default.Equals(ensemble.Rule, ensemble.Known.MajorityVote))
            report(ensemble.Place, ensemble.Name, members.Count, Wording.Names(members));
    }
}
