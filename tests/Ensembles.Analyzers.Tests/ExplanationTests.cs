using Ensembles.Analyzers.Tests.Running;
using Ensembles.Declarations;
using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;
using Declaration = Ensembles.Declarations.EnsembleDeclaration;

namespace Ensembles.Analyzers.Tests;

/// <summary>
/// Where the generator writes nothing, an error says why: one of ours, or one of the compiler's that is not about the
/// missing code.
/// </summary>
public class ExplanationTests
{
    // "A partial property has no implementation": true, and of no help.
    const string NoBody = "CS9248";

    static readonly string[] refusals = ["ENS0006", "ENS0007", "ENS0009", "ENS0010"];

    public static TheoryData<string> Broken => [.. BrokenDeclarations.All];

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_declaration_without_code_has_an_error(string source)
    {
        var run = AnalyzerRun.On([Sources.Defenses, BrokenDeclarations.Usings + source]);

        Assert.False(run.Generated);
        Assert.NotEmpty(Explanations(run));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_declaration_that_a_random_edit_broke_has_an_error(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 30; i++)
        {
            var source = Mutation.Of(Sources.Quartet, random);
            var run = AnalyzerRun.On([Sources.Defenses, source]);
            if (!run.Generated && DeclaresEnsemble(run.Completed))
                Assert.True(Explanations(run).Any(), source);
            // And where it writes something there is nothing to explain.
            if (run.Generated)
                Assert.DoesNotContain(run.Diagnostics, diagnostic => refusals.Contains(diagnostic.Id));
        }
    }

    /// <summary>
    /// A build ends at errors in declarations, before it comes to the analyzers: the missing body of a property would
    /// be all that it shows.
    /// </summary>
    [Theory]
    [InlineData(
        "ENS0009",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Member] public "
        + "partial Uncertainty B { get; } }")]
    [InlineData(
        "ENS0010",
        "[Ensemble<MeanLogit>(Quorum = 7)] public partial class E { [Member] public partial Edges A { get; } }")]
    [InlineData(
        "ENS0010",
        "namespace N; public partial class Outer<T> { [Ensemble<MeanLogit>] internal partial class E { "
        + "[Member(Weight = -1)] protected internal virtual partial Edges A { get; } } }")]
    [InlineData(
        "ENS0007",
        "[Ensemble<MeanLogit>] public partial class E { public E(Edges a) { } [Member] public partial Edges A { get; "
        + "} }")]
    [InlineData(
        "ENS0007",
        "[Ensemble<MeanLogit>] public partial class E : Edges { [Member] public partial Edges @class { get; } }")]
    [InlineData(
        "ENS0006", "[Ensemble<MeanLogit>] public partial class E { [Gate] public partial Uncertainty A { get; } }")]
    [InlineData("ENS0012", "public partial class E { [Member] public partial Edges A { get; } }")]
    [InlineData(
        "ENS0012",
        "namespace N; public partial record struct Outer { public partial interface E<T> { [Gate] public partial "
        + "Uncertainty A { get; } } } partial class E { [Member] internal partial Edges @class { get; } } partial "
        + "class E { [Gate] public partial Uncertainty B { get; } } partial class e { [Member] public partial Edges A "
        + "{ get; } }")]
    public void A_build_comes_to_the_error_that_says_why(string rule, string source)
    {
        var run = AnalyzerRun.On([Sources.Defenses, BrokenDeclarations.Usings + source]);

        Assert.False(run.Generated);
        Assert.Contains(
            run.Diagnostics, diagnostic => diagnostic.Id == rule && diagnostic.Severity == DiagnosticSeverity.Error);
        Assert.DoesNotContain(
            run.Completed.GetDiagnostics(), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    }

    static IEnumerable<Diagnostic> Explanations(AnalyzerRun run) => run.Diagnostics
        .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
        .Concat(run.CompilerErrors.Where(error => error.Id != NoBody));

    static bool DeclaresEnsemble(Compilation compilation) =>
        KnownTypes.Of(compilation) is { } known
        && compilation.GetSymbolsWithName(_ => true, SymbolFilter.Type)
            .OfType<INamedTypeSymbol>()
            .Any(type => Declaration.Of(type, known) is not null);
}
