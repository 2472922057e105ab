using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Defenses;

/// <summary>A claimed strength that the defense's category cannot have.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0103ForeignStrength() : DefenseAnalyzer(rule)
{
    public const string Id = "ENS0103";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A claimed strength that the category cannot have",
        messageFormat: "`{0}` {1}, and `{2}` is a strength of defenses that {3}",
        RuleGroup.Defense,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    protected override void Analyze(Defense defense, KnownTypes known, Report report)
    {
        if (defense.Category is not { } category)
            return;

        foreach (var claim in defense.Claims)
        {
            var strength = Defense.StrengthOf(claim);
            if (Strengths.CategoriesOf(strength, known) is { Count: > 0 } categories && !categories.Contains(category))
                report(claim.Place(), defense.Type.Name, category.Does(), strength.Name, Wording.Or(categories.Select(other => other.Do())));
        }
    }
}
