using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>No member of a category that would complement the others.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0003Complement() : EnsembleAnalyzer(rule)
{
    public const string Id = "ENS0003";

    /// <summary>More names than these nobody reads in a message.</summary>
    internal const int MostNames = 4;

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "No member of a category that would complement the others",
        messageFormat: "No member of `{0}` {1}; {2}",
        RuleGroup.Diversity,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(EnsembleDeclaration ensemble, Report report, CancellationToken cancellation)
    {
        foreach (var missing in Missing(ensemble))
            report(ensemble.Place, ensemble.Name, missing.Does(), Named(InReach(missing, ensemble.Known)));
    }

    /// <summary>The categories that would complement the members.</summary>
    internal static IReadOnlyList<Category> Missing(EnsembleDeclaration ensemble)
    {
        var members = ensemble.Members;
        // Without members, or with one that says nothing about itself, there is no telling what would complement them.
        if (members.Count == 0 || members.Any(member => member.Categories is null))
            return [];

        // A front stands before every member, as a transform of each would.
        var present = new HashSet<Category>(
            members.Concat(ensemble.Fronts).SelectMany(component => component.Categories ?? []));
        return
        [
            .. new[] { Category.FeatureSeparation, Category.NonRobustFeatures }
                .Where(category => !present.Contains(category)),
        ];
    }

    /// <summary>The classifiers of a category that a project can use, by name.</summary>
    internal static IReadOnlyList<INamedTypeSymbol> InReach(Category category, KnownTypes known) =>
    [
        .. DefensesInReach.Of(known).Where(type =>
            known.Defense(type) is { IsClassifier: true, Categories: { } categories }
                && categories.Contains(category)),
    ];

    static string Named(IReadOnlyList<INamedTypeSymbol> defenses)
    {
        var names = defenses.Select(type => type.Name).ToList();
        var shown = names.Take(MostNames).Select(Wording.Code);
        return names.Count switch
        {
            0 => "this project references no defense that does",
            <= MostNames => $"{Wording.Names(names)} would",
            _ => $"{string.Join(", ", shown)} and {names.Count - MostNames} more would",
        };
    }
}
