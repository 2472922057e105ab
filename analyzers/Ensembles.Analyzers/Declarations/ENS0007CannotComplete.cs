using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>A declaration that the generator cannot write the rest of: not partial, or nested in a type that is not, or closed in another way.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0007CannotComplete() : TypeAnalyzer(rule)
{
    public const string Id = "ENS0007";

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A declaration that cannot be completed",
        messageFormat: "No code is generated for `{0}`: {1}",
        RuleGroup.Declaration,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    protected override void Analyze(INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        foreach (var obstacle in Obstacles(type, known, cancellation))
            report(obstacle.Place, type.Name, obstacle.Reason);
    }

    static IEnumerable<Obstacle> Obstacles(INamedTypeSymbol type, KnownTypes known, CancellationToken cancellation)
    {
        if (EnsembleDeclaration.Of(type, known) is { } ensemble)
        {
            // With its code in front of us there is nothing to explain, and the names in it are no obstacles.
            if (ensemble.IsGenerated)
                return [];
            return TypeObstacles.Of(type, known.Ensemble, cancellation)
                .Concat(EnsembleObstacles.Of(ensemble, cancellation))
                .Concat(ensemble.Components.SelectMany(component => PropertyObstacles.Of(component, cancellation)));
        }

        return SuiteDeclaration.Of(type, known) is { } suite ? TypeObstacles.Of(type, suite.Base, cancellation) : [];
    }
}
