using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Defenses;

/// <summary>A rule about classes with <c>[Defense]</c>.</summary>
public abstract class DefenseAnalyzer(DiagnosticDescriptor rule) : TypeAnalyzer(rule)
{
    private protected sealed override void Analyze(
        INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation)
    {
        if (Defense.Of(type, known) is { } defense)
            Analyze(defense, known, report);
    }

    /// <summary>Reports what is wrong with a defense.</summary>
    /// <param name="defense">The defense.</param>
    /// <param name="known">The types that rules ask about.</param>
    /// <param name="report">Takes the place, and the arguments of the rule's message.</param>
    private protected abstract void Analyze(Defense defense, KnownTypes known, Report report);
}
