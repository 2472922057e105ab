using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Compiling;

/// <summary>A network that would be compiled from its source if it were partial and marked.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ENS0302NotAsked() : TypeAnalyzer(rule)
{
    public const string Id = "ENS0302";

    /// <summary>
    /// What a module says of its forward by hand, in the place of which a graph would stand, or what makes it run as it
    /// is whether it has one or not.
    /// </summary>
    static readonly string[] said = ["ILayered", "IResidual", "IAffine", "IRandomized", "INonDifferentiable"];

    static readonly DiagnosticDescriptor rule = new(
        Id,
        title: "A network that could be compiled from its source",
        messageFormat: "`{0}` would be compiled from its source if it were {1}",
        RuleGroup.Performance,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        helpLinkUri: HelpLink.Of(Id));

    private protected override void Analyze(
        INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        if (said.Any(type.Declares) || type.DerivesFrom(known.Ensemble))
            return;
        var isMarked = ForwardGraphs.IsMarked(type);
        var isPartial = !TypeFaults.OfNesting(type).Any();
        if ((isMarked && isPartial) || ForwardGraphs.Of(known).In(type, cancellation).Twin is null)
            return;
        report(
            type.Place(), type.Name,
            isMarked ? "partial" : isPartial ? "marked with [Compiled]" : "partial and marked with [Compiled]");
    }
}
