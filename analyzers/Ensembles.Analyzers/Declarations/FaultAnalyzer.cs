using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Declarations;

/// <summary>
/// A rule that reports why the generator writes no code for an ensemble or a suite: faults of one kind.
/// </summary>
public abstract class FaultAnalyzer : TypeAnalyzer
{
    readonly FaultKind kind;

    private protected FaultAnalyzer(DiagnosticDescriptor rule, FaultKind kind) : base(rule) => this.kind = kind;

    private protected sealed override void Analyze(
        INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        foreach (var fault in Faults(type, known).Where(fault => fault.Kind == kind))
            report(fault.Place, fault.Arguments);
    }

    static IEnumerable<Fault> Faults(INamedTypeSymbol type, KnownTypes known)
    {
        // With its code in front of us there is nothing to explain, and the names in it would seem to clash.
        if (EnsembleDeclaration.Of(type, known) is { } ensemble)
            return ensemble.IsGenerated ? [] : ensemble.Faults;
        return SuiteDeclaration.Of(type, known)?.Faults ?? [];
    }
}
