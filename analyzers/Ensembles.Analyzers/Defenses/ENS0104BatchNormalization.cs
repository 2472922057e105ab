using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Defenses;

/// <summary>Feature separation with batch normalisation before the features.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0104BatchNormalization() : DefenseAnalyzer(rule)
{
    public const string Id = "ENS0104";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "Feature separation with batch normalization before the features",
        messageFormat: "`{0}` separates features, and `{1}` normalizes over the batch before them",
        RuleGroup.Defense,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(Defense defense, KnownTypes known, Report report)
    {
        if (defense.Categories?.Contains(Category.FeatureSeparation) != true)
            return;

        foreach (var (place, name) in BatchNormalization.BeforeFeatures(defense.Type, known))
            report(place ?? defense.Type.Place(), defense.Type.Name, name);
    }
}
