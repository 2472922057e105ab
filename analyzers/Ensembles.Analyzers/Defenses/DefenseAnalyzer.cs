using System.Collections.Immutable;
using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Defenses;

/// <summary>A rule about classes with <c>[Defense]</c>.</summary>
public abstract class DefenseAnalyzer(DiagnosticDescriptor rule) : DiagnosticAnalyzer
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

    /// <summary>Reports what is wrong with a defense.</summary>
    /// <param name="defense">The defense.</param>
    /// <param name="known">The types that rules ask about.</param>
    /// <param name="report">Takes the place, and the arguments of the rule's message.</param>
    protected abstract void Analyze(Defense defense, KnownTypes known, Report report);

    /// <summary>Reports the rule.</summary>
    protected delegate void Report(Location? place, params object[] arguments);

    void Analyze(SymbolAnalysisContext context, KnownTypes known)
    {
        if (Defense.Of((INamedTypeSymbol)context.Symbol, known) is { } defense)
            Analyze(defense, known, (place, arguments) => context.ReportDiagnostic(Diagnostic.Create(rule, place, arguments)));
    }
}
