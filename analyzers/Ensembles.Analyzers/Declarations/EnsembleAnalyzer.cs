using System.Collections.Immutable;
using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Declarations;

/// <summary>A rule about classes with <c>[Ensemble]</c>.</summary>
public abstract class EnsembleAnalyzer(DiagnosticDescriptor rule) : DiagnosticAnalyzer
{
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(rule);

    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (KnownTypes.Of(start.Compilation) is { } known)
                start.RegisterSymbolAction(symbol => Analyze(symbol, known), SymbolKind.NamedType);
        });
    }

    /// <summary>Reports what is wrong with an ensemble.</summary>
    /// <param name="ensemble">The declaration, well-formed or not.</param>
    /// <param name="report">Takes the place, and the arguments of the rule's message.</param>
    protected abstract void Analyze(EnsembleDeclaration ensemble, Report report);

    /// <summary>Reports the rule.</summary>
    protected delegate void Report(Location? place, params object[] arguments);

    void Analyze(SymbolAnalysisContext context, KnownTypes known)
    {
        if (EnsembleDeclaration.Of((INamedTypeSymbol)context.Symbol, known) is { } ensemble)
            Analyze(ensemble, (place, arguments) => context.ReportDiagnostic(Diagnostic.Create(rule, place, arguments)));
    }
}
