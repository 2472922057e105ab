using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Defenses;

/// <summary>A defense that claims nothing.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0102NoClaims() : DefenseAnalyzer(rule)
{
    public const string Id = "ENS0102";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A defense that claims nothing",
        messageFormat: "`{0}` claims no strength, so nothing about it can be measured; it could claim {1}",
        RuleGroup.Defense,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(Defense defense, KnownTypes known, Report report)
    {
        // An unknown strength is a claim all the same, misspelled.
        if (!defense.IsUndefended
            && defense.Categories is { } categories
            && !defense.Type.AttributesOf(known.ClaimsAttribute).Any())
            report(
                defense.Type.Place(), defense.Type.Name,
                Wording.Or(Strengths.ShippedFor(categories).Take(3).Select(Wording.Code)));
    }
}
