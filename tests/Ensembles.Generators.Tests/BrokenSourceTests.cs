using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests;

/// <summary>
/// Whatever the code looks like, the generator does not throw, and what is not well-formed gets no code.
/// </summary>
public class BrokenSourceTests
{
    public static TheoryData<string> Broken => [.. BrokenDeclarations.All];

    [Theory]
    [MemberData(nameof(Broken))]
    public void Get_no_code_and_no_exception(string source)
    {
        var run = GeneratorRun.On([Sources.Defenses, BrokenDeclarations.Usings + source]);

        Assert.Null(run.Result.Exception);
        Assert.Empty(run.Result.Diagnostics);
        Assert.True(run.Files.Keys.All(file => file.EndsWith(".refused.g.cs", StringComparison.Ordinal)), source);
        // What stands in for bodies brings no error of its own.
        Assert.DoesNotContain(
            run.Completed.GetDiagnostics(),
            error =>
                error.Severity == DiagnosticSeverity.Error
                    && run.Result.GeneratedSources.Any(file => file.SyntaxTree == error.Location.SourceTree));
    }

    [Fact]
    public void One_broken_declaration_takes_nothing_from_its_neighbours()
    {
        var run = GeneratorRun.On(
            [Sources.Defenses, Sources.Quartet,
                .. BrokenDeclarations.All.Select(source => BrokenDeclarations.Usings + source)]);

        Assert.Null(run.Result.Exception);
        Assert.Contains("Demo.Quartet.g.cs", run.Files.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Sources_with_random_edits_never_throw(int seed)
    {
        var random = new Random(seed);
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite]);
        for (var i = 0; i < 60; i++)
        {
            var sources = new[] { Sources.Defenses, Sources.Quartet, Sources.QuartetSuite };
            var edited = random.Next(sources.Length);
            for (var edits = random.Next(1, 4); edits > 0; edits--)
                sources[edited] = Mutation.Of(sources[edited], random);

            // Through the same driver, as an editor does it.
            run = run.After(c =>
                c.RemoveAllSyntaxTrees()
                    .AddSyntaxTrees(sources.Select((source, n) => GeneratorRun.Parse(source, $"Source{n}.cs"))));
            Assert.True(run.Result.Exception is null, $"{run.Result.Exception}\n\n{sources[edited]}");
        }
    }
}
