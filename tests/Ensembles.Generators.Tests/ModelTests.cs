using System.Collections;
using System.Reflection;
using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests;

/// <summary>What flows between parsing and emission.</summary>
public class ModelTests
{
    static readonly string[] steps = ["Ensembles", "EnsembleFiles", "Suites", "SuiteFiles", "Injection"];

    [Fact]
    public void No_model_holds_on_to_the_compilation()
    {
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite]);
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        foreach (var model in steps.SelectMany(step => Models(run, step)))
            Walk(model, seen);

        // The walk went somewhere: down to each component's names.
        Assert.Contains("Doubt", seen.OfType<string>());
        Assert.Contains("Coarse", seen.OfType<string>());
    }

    [Fact]
    public void Two_readings_of_one_source_are_equal()
    {
        string[] sources = [Sources.Defenses, Sources.Quartet, Sources.QuartetSuite];

        foreach (var step in steps)
        {
            Assert.Equal(Models(GeneratorRun.On(sources), step), Models(GeneratorRun.On(sources), step));
            Assert.Equal(
                Models(GeneratorRun.On(sources), step).Select(m => m.GetHashCode()),
                Models(GeneratorRun.On(sources), step).Select(m => m.GetHashCode()));
        }
    }

    [Fact]
    public void Layout_comments_and_the_order_of_modifiers_do_not_matter()
    {
        var rewritten = """
            namespace Demo
            {
                using global::Ensembles;

                // Not a word of this matters.
                [EnsembleAttribute<global::Ensembles.Quorum>(Quorum = 1 + 2)]
                public partial class Quartet { }

                partial class Quartet
                {
                    [GateAttribute(FalsePositiveRate = 1e-2)] public partial Zoo.Uncertainty Doubt { get; }
                    [Member(Weight = 2.0)] public partial Zoo.Edges Fine { get; }
                    int others;
                    [Member] public partial Zoo.Edges Coarse { get; }
                    [Member(Weight = .5)] public partial Zoo.Pruned Pruned { get; }
                }
            }
            """;

        Assert.Equal(
            Models(GeneratorRun.On([Sources.Defenses, Sources.Quartet]), "Ensembles"),
            Models(GeneratorRun.On([Sources.Defenses, rewritten]), "Ensembles"));
    }

    [Theory]
    [InlineData("Quorum = 3", "Quorum = 2")]
    [InlineData("Quorum>", "MajorityVote>")]
    [InlineData("Weight = 2", "Weight = 3")]
    [InlineData("0.01", "0.05")]
    [InlineData("Edges Coarse", "Pruned Coarse")]
    [InlineData("public partial Pruned", "internal partial Pruned")]
    [InlineData("namespace Demo", "namespace Other")]
    public void Every_word_of_a_declaration_counts(string word, string other)
    {
        var model = Assert.Single(Models(GeneratorRun.On([Sources.Defenses, Sources.Quartet]), "Ensembles"));
        var changed = Assert.Single(
            Models(
                GeneratorRun.On([Sources.Defenses, Sources.Quartet.Replace(word, other, StringComparison.Ordinal)]),
                "Ensembles"));

        Assert.NotEqual(model, changed);
    }

    static List<object> Models(GeneratorRun run, string step) =>
        [.. run.Result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(output => output.Value)];

    static void Walk(object? value, HashSet<object> seen)
    {
        if (value is null || value.GetType() is { IsPrimitive: true } or { IsEnum: true } || !seen.Add(value))
            return;

        Assert.False(
            value is Compilation
                or ISymbol
                or SyntaxNode
                or SyntaxTree
                or SyntaxReference
                or Location
                or SemanticModel
                or AttributeData,
            $"A model holds a {value.GetType()}.");
        if (value is string)
            return;
        if (value is Array array)
        {
            foreach (var item in (IEnumerable)array)
                Walk(item, seen);
            return;
        }

        for (var type = value.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (
                var field in type.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                Walk(field.GetValue(value), seen);
        }
    }
}
