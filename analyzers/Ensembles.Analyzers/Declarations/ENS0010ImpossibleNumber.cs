using System.Globalization;
using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>Weights, rates and quorums that cannot be.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0010ImpossibleNumber() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0010";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "An impossible number",
        messageFormat: "The {0} of `{1}` is {2}; {3}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        AnalyzeQuorum(ensemble, report);
        AnalyzeWeights(ensemble, report);
        foreach (var gate in ensemble.Gates)
        {
            if (gate.GateAttributes[0].Number("FalsePositiveRate") is { } rate and not (> 0 and < 1))
                report(Place(gate.GateAttributes[0], "FalsePositiveRate"), "false positive rate", gate.Name, Text(rate), "a rate lies between 0 and 1");
        }
    }

    static void AnalyzeQuorum(EnsembleDeclaration ensemble, Report report)
    {
        var members = ensemble.Members.Count();
        // Without members every quorum is too high; ENS0006 says what is wrong.
        if (members == 0 || ensemble.Attribute.Number("Quorum") is not { } quorum || (quorum >= 1 && quorum <= members))
            return;

        var range = members == 1 ? "one member can only agree with itself" : $"from 1 to {members} members can agree";
        report(Place(ensemble.Attribute, "Quorum"), "quorum", ensemble.Name, Text(quorum), range);
    }

    static void AnalyzeWeights(EnsembleDeclaration ensemble, Report report)
    {
        var weights = ensemble.Members.Select(member => (Member: member, Weight: member.MemberAttributes[0].Number("Weight") ?? 1)).ToList();
        var areNumbers = true;
        foreach (var (member, weight) in weights.Where(pair => pair.Weight is not (> 0 and < double.PositiveInfinity)))
        {
            areNumbers = false;
            report(Place(member.MemberAttributes[0], "Weight"), "weight", member.Name, Text(weight), "a weight is positive and finite");
        }

        // The vote is computed in float32, where a share may be 0 though the weight is not.
        var sum = weights.Sum(pair => pair.Weight);
        foreach (var (member, weight) in weights.Where(pair => areNumbers && (float)(pair.Weight / sum) == 0))
            report(Place(member.MemberAttributes[0], "Weight"), "weight", member.Name, Text(weight), "beside the other weights its share of the vote is 0 in float32");
    }

    static Location? Place(AttributeData attribute, string argument) =>
        (attribute.ApplicationSyntaxReference?.GetSyntax() as AttributeSyntax)?.ArgumentList?.Arguments
            .FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == argument)?.GetLocation() ?? attribute.Place();

    static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
