using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>A member claims no strength that another member does not claim already.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0002NoOwnStrength() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0002";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A member claims no strength of its own",
        messageFormat: "`{0}` claims only {1}, which {2} already",
        RuleGroup.Diversity,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        var redundant = Redundancy.Of(ensemble);
        foreach (var member in redundant)
        {
            var strengths = member.Defense!.Strengths.ToList();
            var others = ensemble.Members
                .Concat(ensemble.Fronts)
                .Where(other => !redundant.Contains(other) && Redundancy.Strengths([other]).Overlaps(strengths))
                .Select(other => other.Name)
                .ToList();
            report(
                ensemble.PlaceOf(member),
                member.Name,
                Wording.Names(strengths.Select(strength => strength.Name)),
                $"{Wording.Names(others)} {(others.Count == 1 ? "claims" : "claim")}");
        }
    }
}
