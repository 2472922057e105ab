using System.Collections.Immutable;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Fuzz;

/// <summary>What holds for every source that anybody can type. Each method returns what does not, or null.</summary>
sealed class Check
{
    static readonly IReadOnlyList<CodeFixProvider> ourFixes = [.. typeof(RuleFix).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(RuleFix)) && !type.IsAbstract)
        .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!)];

    /// <summary>The analyzers to run; ours unless a test plants others.</summary>
    public IReadOnlyList<DiagnosticAnalyzer> Analyzers { get; init; } = Rules.Analyzers;

    /// <summary>The fixes to apply; ours unless a test plants others.</summary>
    public IReadOnlyList<CodeFixProvider> Fixes { get; init; } = ourFixes;

    /// <summary>Runs the generator, the analyzers and, where <paramref name="thoroughly"/>, the rest.</summary>
    public string? Of(Mutant mutant, bool thoroughly)
    {
        try
        {
            var (compilation, driver) = mutant.World.With(mutant.Source);
            var run = driver.RunGeneratorsAndUpdateCompilation(compilation, out var completed, out _).GetRunResult();
            if (run.Results.Single().Exception is { } thrown)
                return $"The generator threw (CS8785): {thrown}";

            var mutated = compilation.SyntaxTrees[0];
            var findings = Analyze(completed, thoroughly ? null : mutated);
            var failure = Silence(completed, mutated, run.GeneratedTrees, findings);
            return failure is null && thoroughly
                ? Blame(completed, run.GeneratedTrees, findings) ?? Mend(mutant, findings)
                : failure;
        }
        catch (AnalyzerCrash crash)
        {
            return crash.Message;
        }
        catch (Exception crash)
        {
            return $"Thrown beside generator and analyzers: {crash}";
        }
    }

    // One file, as an editor asks for it, which spares the compiler the bodies of the generated code; or all of them.
    ImmutableArray<Diagnostic> Analyze(Compilation completed, SyntaxTree? only)
    {
        (DiagnosticAnalyzer Analyzer, Exception Crash)? first = null;
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), onAnalyzerException: (crash, analyzer, _) => first ??= (analyzer, crash),
            concurrentAnalysis: false, logAnalyzerExecutionTime: false);
        var analysis = completed.WithAnalyzers([.. Analyzers], options);
        var findings = only is null
            ? analysis.GetAnalyzerDiagnosticsAsync()
            : analysis.GetAnalyzerSemanticDiagnosticsAsync(completed.GetSemanticModel(only), null, default);
        var result = findings.GetAwaiter().GetResult();
        return first is { } crashed
            ? throw new AnalyzerCrash($"{crashed.Analyzer.GetType().Name} threw (AD0001): {crashed.Crash}")
            : result;
    }

    // Nobody may be left with a declaration that silently does nothing. The cheap reasons for an error first: most
    // mutants have one.
    string? Silence(
        Compilation completed, SyntaxTree mutated, IReadOnlyCollection<SyntaxTree> generated,
        IReadOnlyCollection<Diagnostic> findings)
    {
        if (findings.Any(IsError) || mutated.GetDiagnostics().Any(IsError))
            return null;
        var silent = Declared(completed, generated)
            .FirstOrDefault(type =>
                !type.DeclaringSyntaxReferences.Any(part =>
                    generated.Contains(part.SyntaxTree) && !IsRefused(part.SyntaxTree)));
        return silent is null
            || completed.GetDeclarationDiagnostics().Any(IsError)
            || completed.GetDiagnostics().Any(IsError)
            || Analyze(completed, null).Any(IsError)
            ? null
            : $"`{silent}` got no code, and there is no error.";
    }

    // What is wrong is wrong in the source that was typed: nobody can mend generated code.
    static string? Blame(
        Compilation completed, IReadOnlyCollection<SyntaxTree> generated, IReadOnlyCollection<Diagnostic> findings)
    {
        var errors = completed.GetDiagnostics().Concat(findings).Where(IsError).ToList();
        return errors.Count == 0
            || errors.Any(error => error.Location.SourceTree is not { } tree || !generated.Contains(tree))
            ? null
            : $"The only errors are in generated code: {errors[0]}";
    }

    string? Mend(Mutant mutant, IReadOnlyCollection<Diagnostic> findings)
    {
        foreach (var fix in Fixes)
        {
            var id = fix.FixableDiagnosticIds.Single();
            if (!findings.Any(finding => finding.Id == id))
                continue;

            using var run = new FixRun(
                Analyzers.Single(analyzer => analyzer.SupportedDiagnostics.Any(rule => rule.Id == id)), fix,
                [mutant.Source, .. mutant.World.Others]);
            foreach (var action in run.Diagnostics.SelectMany(run.Offered))
            {
                _ = FixRun.Changed(action);
                // A fix that picks a category is offered for one place alone.
                if (run.OfferedEverywhere(action.EquivalenceKey!) is { } everywhere)
                    _ = FixRun.Changed(everywhere);
            }
        }
        return null;
    }

    // Ensembles and suites whose attribute the compiler understands; of the others it says so itself.
    static IEnumerable<INamedTypeSymbol> Declared(Compilation completed, IReadOnlyCollection<SyntaxTree> generated) =>
        from tree in completed.SyntaxTrees
        where !generated.Contains(tree)
        from attribute in tree.GetRoot().DescendantNodes().OfType<AttributeSyntax>()
        where attribute.Name.ToString() is var name
            && (
                name.Contains("Ensemble", StringComparison.Ordinal)
                    || name.Contains("AblationSuite", StringComparison.Ordinal))
        where attribute.Parent?.Parent is TypeDeclarationSyntax
        let type = (INamedTypeSymbol?)completed.GetSemanticModel(tree).GetDeclaredSymbol(attribute.Parent!.Parent!)
        where type is not null
            && type.GetAttributes()
                .Any(data =>
                    data.AttributeClass?.OriginalDefinition.MetadataName is "EnsembleAttribute`1"
                        or "AblationSuiteAttribute`1")
        select type;

    // What the generator writes for a declaration that gets no code.
    static bool IsRefused(SyntaxTree tree) => tree.FilePath.EndsWith(".refused.g.cs", StringComparison.Ordinal);

    static bool IsError(Diagnostic diagnostic) => diagnostic.Severity == DiagnosticSeverity.Error;

    sealed class AnalyzerCrash(string message) : Exception(message);
}
