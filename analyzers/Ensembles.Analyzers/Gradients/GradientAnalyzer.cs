using System.Collections.Concurrent;
using System.Collections.Immutable;
using Ensembles.Analyzers.Gradients.Flow;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Gradients;

/// <summary>A rule about what breaks the gradients of classes with a role, wherever it is written.</summary>
public abstract class GradientAnalyzer(DiagnosticDescriptor rule, BreakKind kind) : DiagnosticAnalyzer
{
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(rule);

    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (KnownTypes.Of(start.Compilation) is not { HasModule: true } known)
                return;
            // Two defenses may lead to one place.
            var reported = new ConcurrentDictionary<Location, bool>();
            start.RegisterSymbolAction(symbol => Analyze(symbol, known, reported), SymbolKind.NamedType);
        });
    }

    void Analyze(SymbolAnalysisContext context, KnownTypes known, ConcurrentDictionary<Location, bool> reported)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.TypeKind != TypeKind.Class || !IsAttacked(type, known))
            return;

        foreach (var found in GradientBreaks.Of(known).In(type, context.CancellationToken))
        {
            if (found.Kind == kind && reported.TryAdd(found.Place, true))
                context.ReportDiagnostic(
                    Diagnostic.Create(
                        rule.Linked(context.Options), found.Place, found.Owner.Name, found.Description));
        }
    }

    /// <summary>
    /// Whether attacks take gradients of the class itself; other modules are read where one of these calls them.
    /// </summary>
    static bool IsAttacked(INamedTypeSymbol type, KnownTypes known) =>
        known.Defense(type) is { IsEnsemble: false } defense
            && (defense.HasRole || (defense.IsMarked && type.DerivesFrom(known.Module)));
}
