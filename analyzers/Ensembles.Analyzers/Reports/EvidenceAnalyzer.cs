using System.Collections.Immutable;
using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Ensembles.Evaluation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Reports;

/// <summary>
/// A rule about ensembles beside whose project a study has left what it found: <c>FiveStrengths.evidence.json</c>, an
/// additional file of the build.
/// </summary>
public abstract class EvidenceAnalyzer(DiagnosticDescriptor rule) : DiagnosticAnalyzer
{
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(rule);

    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            var files = EvidenceFiles.In(start.Options);
            if (files.Count > 0 && KnownTypes.Of(start.Compilation) is { HasModule: true } known)
                start.RegisterSymbolAction(symbol => Analyze(symbol, files, known), SymbolKind.NamedType);
        });
    }

    /// <summary>Says what the file says.</summary>
    /// <param name="ensemble">A declaration that the generator has completed.</param>
    /// <param name="found">What was found of this declaration; null where it was of another, or is damaged.</param>
    /// <param name="report">Takes the place, and the arguments of the rule's message.</param>
    private protected abstract void Analyze(EnsembleDeclaration ensemble, Evidence? found, Report report);

    /// <summary>Reports the rule.</summary>
    protected delegate void Report(Location? place, params object[] arguments);

    /// <summary>
    /// Where a component is declared; one of an ensemble among the members stands at that ensemble, and
    /// one that is inherited at the class's name.
    /// </summary>
    private protected static Location? PlaceOf(EnsembleDeclaration ensemble, string path)
    {
        var name = path.Split('.')[0];
        return ensemble.Components.FirstOrDefault(component => component.Name == name) is { } declared
            ? ensemble.PlaceOf(declared)
            : null;
    }

    void Analyze(SymbolAnalysisContext context, IReadOnlyList<AdditionalText> files, KnownTypes known)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (EvidenceFiles.Of(type, files) is not { } file
            || EnsembleDeclaration.Of(type, known) is not { IsComplete: true } ensemble)
            return;
        var found = EvidenceFiles.Read(file, context.CancellationToken);
        Analyze(
            ensemble,
            found is not null && found.Ensemble == ensemble.Name && found.Declaration == DeclaredText.Of(ensemble)
                ? found
                : null,
            (place, arguments) => context.ReportDiagnostic(
                Diagnostic.Create(rule.Linked(context.Options), place, arguments)));
    }
}
