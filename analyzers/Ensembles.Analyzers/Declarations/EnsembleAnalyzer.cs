using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Declarations;

/// <summary>A rule about classes with <c>[Ensemble]</c>.</summary>
public abstract class EnsembleAnalyzer(DiagnosticDescriptor rule) : TypeAnalyzer(rule)
{
    private protected sealed override void Analyze(
        INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        if (EnsembleDeclaration.Of(type, known) is { } ensemble && (!IsAboutWhatRuns || ensemble.IsComplete))
            Analyze(ensemble, report, cancellation);
    }

    /// <summary>
    /// Whether the rule judges what an ensemble does. One that is refused does nothing: it has an error that says why.
    /// </summary>
    private protected virtual bool IsAboutWhatRuns => true;

    /// <summary>Reports what is wrong with an ensemble.</summary>
    /// <param name="ensemble">The declaration, well-formed or not.</param>
    /// <param name="report">Takes the place, and the arguments of the rule's message.</param>
    /// <param name="cancellation">Stops the analysis.</param>
    private protected abstract void Analyze(
        EnsembleDeclaration ensemble, Report report, CancellationToken cancellation);
}
