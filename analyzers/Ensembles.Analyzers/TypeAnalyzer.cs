using System.Collections.Immutable;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers;

/// <summary>A rule that looks at one type after the other, in projects that reference Ensembles.</summary>
public abstract class TypeAnalyzer(DiagnosticDescriptor rule) : DiagnosticAnalyzer
{
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(rule);

    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (KnownTypes.Of(start.Compilation) is { HasModule: true } known)
                start.RegisterSymbolAction(symbol => Analyze(symbol, known), SymbolKind.NamedType);
        });
    }

    /// <summary>Reports what is wrong with a type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="known">The types that rules ask about.</param>
    /// <param name="report">Takes the place, and the arguments of the rule's message.</param>
    /// <param name="cancellation">Stops the analysis.</param>
    private protected abstract void Analyze(
        INamedTypeSymbol type, KnownTypes known, Report report, CancellationToken cancellation);

    /// <summary>Reports the rule.</summary>
    protected delegate void Report(Location? place, params object[] arguments);

    void Analyze(SymbolAnalysisContext context, KnownTypes known) => Analyze(
        (INamedTypeSymbol)context.Symbol, known,
        (place, arguments) => context.ReportDiagnostic(
            Diagnostic.Create(rule.Linked(context.Options), place, arguments)),
        context.CancellationToken);
}
