using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>All members fall into a single category, and so do the gates.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0001SingleCategory() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0001";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "All members fall into a single category",
        messageFormat: "{0} {1}; nothing here {2}",
        RuleGroup.Diversity,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    /// <summary>
    /// The categories that complement each other. Masking complements nothing, and a certificate is rarely at hand.
    /// </summary>
    static readonly Category[] complementary =
        [Category.FeatureSeparation, Category.NonRobustFeatures, Category.Detection];

    private protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        // Members without a defense of their own do not count, unless there are no others.
        var counted = ensemble.Components.Where(component => !component.IsUndefended).ToList();
        if (counted.Count == 0)
            counted = [.. ensemble.Components];
        // There is no telling what protects where a class says nothing about itself.
        if (counted.Any(component => component.Categories is null))
            return;

        // Masking and detection alone are worse than one-sided: ENS0004 and ENS0005 say so.
        var categories = counted.SelectMany(component => component.Categories!).Distinct().ToList();
        if (categories is not [var category] || category is Category.GradientMasking or Category.Detection)
            return;

        var names = counted.Select(component => component.Name).ToList();
        report(
            ensemble.Place,
            names.Count < 3 ? Wording.Names(names) : $"{Wording.Names(names)} all",
            names.Count == 1 ? category.Does() : category.Do(),
            Wording.Or(complementary.Where(other => other != category).Select(other => other.Does())));
    }
}
