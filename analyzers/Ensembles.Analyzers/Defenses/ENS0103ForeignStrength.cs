using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
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
        messageFormat: "`{0}` {1}, and `{2}` is a strength of defenses{3}",
        RuleGroup.Defense,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(Defense defense, KnownTypes known, Report report)
    {
        if (defense.Categories is not { } own)
            return;

        foreach (var claim in defense.Claims)
        {
            var strength = Defense.StrengthOf(claim);
            var categories = (Strengths.CategoriesOf(strength, known) ?? []).Except([Category.Undefended]).ToList();
            if (defense.IsUndefended || (categories.Count > 0 && !categories.Intersect(own).Any()))
            {
                report(
                    claim.Place(),
                    defense.Type.Name,
                    Wording.And(own.Select(category => category.Does())),
                    strength.Name,
                    categories.Count == 0 ? "" : $" that {Wording.Or(categories.Select(other => other.Do()))}");
            }
        }
    }
}
