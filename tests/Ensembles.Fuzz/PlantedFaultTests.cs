using System.Collections.Immutable;
using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Fuzz;

/// <summary>The checks see what they are for: a fault that is planted for one name comes out, and only there.</summary>
public class PlantedFaultTests
{
    static readonly Check harmless = new() { Analyzers = [new Analyzer(_ => { })] };

    [Fact]
    public void Nothing_is_reported_where_nothing_is_planted() =>
        Assert.Null(new Check().Of(Planted(), thoroughly: true));

    [Fact]
    public void An_analyzer_that_throws() =>
        AssertReported(
            "AD0001", Planted(),
            new Check { Analyzers = [new Analyzer(_ => throw new InvalidOperationException("Planted."))] });

    [Fact]
    public void A_generator_that_throws() =>
        AssertReported(
            "CS8785", Planted(new Generator((_, _) => throw new InvalidOperationException("Planted."))), new Check());

    [Fact]
    public void A_generator_that_writes_nothing_and_no_rule_that_says_why() =>
        AssertReported("`Demo.Quartet` got no code", Silent(), harmless);

    [Fact]
    public void A_generator_that_writes_code_with_an_error() => AssertReported(
        "The only errors are in generated code", Silent(
            new Generator((context, name) =>
                context.AddSource(
                    "Planted", $"namespace Demo {{ partial class {name} {{ int planted = missing; }} }}"))), harmless);

    [Fact]
    public void A_fix_that_throws() =>
        AssertReported("Planted.", Planted(), new Check { Analyzers = [new Analyzer(_ => { })], Fixes = [new Fix()] });

    [Fact]
    public void What_never_ends()
    {
        using var over = new ManualResetEventSlim();
        var folder = Directory.CreateTempSubdirectory("ensembles-fuzz-").FullName;
        try
        {
            var fuzzer = new Fuzzer { Limit = TimeSpan.FromSeconds(1), Folder = folder,
                Check = new() { Analyzers = [new Analyzer(_ => over.Wait(), "")] } };

            Assert.All(
                fuzzer.Run(seed: 1, first: 0, count: 1000), failure => Assert.Contains("Not done in 1 s.", failure));
            Assert.NotEmpty(Directory.EnumerateFiles(folder, "seed1-*.cs"));
        }
        finally
        {
            over.Set();
            Directory.Delete(folder, recursive: true);
        }
    }

    static void AssertReported(string expected, Mutant mutant, Check check) =>
        Assert.Contains(expected, check.Of(mutant, thoroughly: true));

    static Mutant Planted(IIncrementalGenerator? generator = null) =>
        new(0, 0, new World("planted", Sources.Quartet, [Sources.Defenses], generator: generator), Sources.Quartet);

    /// <summary>An ensemble whose properties have bodies of their own, so that the compiler misses nothing.</summary>
    static Mutant Silent(IIncrementalGenerator? generator = null)
    {
        var source = Sources.Quartet.Replace("public partial ", "public ", StringComparison.Ordinal)
            .Replace("{ get; }", "=> null!;", StringComparison.Ordinal)
            .Replace("public class", "public partial class", StringComparison.Ordinal);
        return new(
            0, 0, new World("silent", source, [Sources.Defenses], generator: generator ?? new Generator((_, _) => { })),
            source);
    }

    /// <summary>Reports each class of the name, after its fault.</summary>
#pragma warning disable RS1001, RS1026, RS1038, RS2008 // No compiler loads it.
    sealed class Analyzer(Action<ISymbol> fault, string name = "Quartet") : DiagnosticAnalyzer
    {
        public static readonly DiagnosticDescriptor Rule =
            new("PLANTED", "Planted", "Planted", "Planted", DiagnosticSeverity.Info, isEnabledByDefault: true);

        public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule];

        public override void Initialize(AnalysisContext context)
        {
            context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
            context.RegisterSymbolAction(
                symbol =>
                {
                    if (!symbol.Symbol.Name.Contains(name, StringComparison.Ordinal))
                        return;
                    fault(symbol.Symbol);
                    symbol.ReportDiagnostic(Diagnostic.Create(Rule, symbol.Symbol.Locations[0]));
                },
                SymbolKind.NamedType);
        }
    }
#pragma warning restore RS1001, RS1026, RS1038, RS2008

    sealed class Generator(Action<SourceProductionContext, string> fault) : IIncrementalGenerator
    {
        public void Initialize(IncrementalGeneratorInitializationContext context) => context.RegisterSourceOutput(
            context.SyntaxProvider.ForAttributeWithMetadataName(
                "Ensembles.EnsembleAttribute`1", (_, _) => true, (found, _) => found.TargetSymbol.Name), (output,
                name) => fault(output, name));
    }

    sealed class Fix : CodeFixProvider
    {
        public override ImmutableArray<string> FixableDiagnosticIds => [Analyzer.Rule.Id];

        public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

        public override Task RegisterCodeFixesAsync(CodeFixContext context)
        {
            context.RegisterCodeFix(
                CodeAction.Create(
                    "Planted", _ => Task.FromException<Document>(new InvalidOperationException("Planted.")), "Planted"),
                context.Diagnostics);
            return Task.CompletedTask;
        }
    }
}
