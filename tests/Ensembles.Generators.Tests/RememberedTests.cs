using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Generators.Tests;

/// <summary>
/// A declaration that names nothing but referenced types is read once, and again where an edit elsewhere can give its
/// names another meaning.
/// </summary>
public class RememberedTests
{
    const string Pair = """
        using Ensembles;
        using Ensembles.Defenses;

        namespace Demo.Inner
        {
            using Taxonomy = Ensembles.Category;

            /// <summary>An ensemble.</summary>
            [Ensemble<MeanLogit>]
            public partial class Pair
            {
                /// <summary>A member.</summary>
                [Member] public partial EdgeClassifier Edges { get; }

                /// <summary>A member.</summary>
                [Member(Weight = 2)] public partial CenterLossClassifier Compact { get; }
            }
        }
        """;

    const string Unrelated = "namespace Demo.Inner { class Unrelated { } }";

    const string Usings = "using Ensembles; using Ensembles.Defenses; namespace Demo; ";

    static readonly GeneratorRun first = GeneratorRun.On([Pair, Unrelated]);

    [Theory]
    // A type nearer by.
    [InlineData(
        "namespace Demo.Inner { [Ensembles.Defense(Ensembles.Category.Detection)] public sealed class EdgeClassifier "
        + ": Ensembles.Classifier { } }")]
    [InlineData("namespace Demo { class CenterLossClassifier { } }")]
    [InlineData("class EdgeClassifier<T> { } class EdgeClassifier { }")]
    [InlineData("global using EdgeClassifier = Ensembles.Defenses.CenterLossClassifier;")]
    // Another attribute, and another rule.
    [InlineData("namespace Demo { class MemberAttribute : System.Attribute { } }")]
    [InlineData("namespace Demo { class Member : System.Attribute { } }")]
    [InlineData("namespace Demo { class MeanLogit { } }")]
    [InlineData("global using MemberAttribute = System.ObsoleteAttribute;")]
    // Another namespace behind a name.
    [InlineData("namespace Demo.Ensembles { enum Category { } }")]
    [InlineData("namespace Ensembles.Defenses { public class EdgeClassifier { } }")]
    // A class that is called like the one that registers it.
    [InlineData("namespace Demo.Inner { static class PairServiceCollectionExtensions { } }")]
    // Another part of the class.
    [InlineData("namespace Demo.Inner { partial class Pair { int weights, WithoutEdges; } }")]
    [InlineData(
        "namespace Demo.Inner { partial class Pair { [Ensembles.Member] public partial "
        + "Ensembles.Defenses.EdgeClassifier More { get; } } }")]
    [InlineData("namespace Demo.Inner { partial class Pair { class EdgeClassifier : Ensembles.Classifier { } } }")]
    [InlineData("namespace Demo.Inner { partial class Pair : System.Exception { } }")]
    // Nothing that concerns it.
    [InlineData("namespace Demo.Inner { class Unrelated { int edited; } class Edges { } }")]
    public void An_edit_elsewhere_gives_what_a_first_reading_would(string edited)
    {
        var after = first.After(c => Replaced(c, Unrelated, edited));
        var back = after.After(c => Replaced(c, edited, Unrelated));

        Assert.Equal(GeneratorRun.On([Pair, edited]).Files, after.Files);
        Assert.Equal(first.Files, back.Files);
    }

    [Fact]
    public void A_reference_that_goes_takes_the_code_with_it()
    {
        var after = first.After(c =>
            c.RemoveReferences(
                c.References.Where(reference => Path.GetFileName(reference.Display) == "Ensembles.Defenses.dll")));

        Assert.NotEmpty(first.Files);
        Assert.Empty(after.Files);
    }

    [Fact]
    public void Nothing_is_read_again_after_an_unrelated_edit()
    {
        var after = first.After(c =>
            Replaced(c, Unrelated, "namespace Demo.Inner { class Unrelated { int edited; } class Edges { } }"));

        Assert.Same(Model(first), Model(after));
    }

    [Fact]
    public void A_defense_in_the_project_is_read_each_time()
    {
        const string Defense =
            "[Ensembles.Claims<Ensembles.IntraClassCompactness>] class Mine : Ensembles.Classifier { }";
        var declared = GeneratorRun.On(
            ["using Ensembles; [Ensemble<MeanLogit>] partial class Own { [Member] partial Mine Only { get; } }",
                Defense]);
        var after = declared.After(c =>
            Replaced(
                c, Defense,
                Defense.Replace("IntraClassCompactness", "InterClassSeparation", StringComparison.Ordinal)));

        Assert.Contains("IntraClassCompactness.Name", declared.Files["Own.g.cs"], StringComparison.Ordinal);
        Assert.Contains("InterClassSeparation.Name", after.Files["Own.g.cs"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "using Ensembles; using Zoo; namespace Demo; [Ensemble<MeanLogit>] public partial class Other { [Member] "
        + "public partial EdgeClassifier Edges { get; } }")]
    [InlineData(
        "using Ensembles; namespace Zoo; [Ensemble<MeanLogit>] public partial class Other { [Member] public partial "
        + "EdgeClassifier Edges { get; } }")]
    [InlineData(
        "using Ensembles; namespace Demo { using EdgeClassifier = Zoo.EdgeClassifier; [Ensemble<MeanLogit>] public "
        + "partial class Other { [Member] public partial EdgeClassifier Edges { get; } } }")]
    [InlineData(
        Usings
            + "[Ensemble<MeanLogit>] public partial class Other { [Member] public partial EdgeClassifier Edges { "
            + "get; } public class EdgeClassifier : Classifier { } }")]
    [InlineData(
        Usings
            + "[Ensemble<MeanLogit>] public partial class Other { [Member] public partial EdgeClassifier Edges { "
            + "get; } public class MemberAttribute : System.Attribute { } }")]
    [InlineData(
        Usings
            + "[Ensemble<MeanLogit>] public partial class Other<EdgeClassifier> { [Member] public partial "
            + "EdgeClassifier Edges { get; } }")]
    [InlineData(
        Usings
            + "[Ensemble<MeanLogit>] partial class Other { [Member] private partial EdgeClassifier Edges { get; } } "
            + "file class EdgeClassifier : Classifier { }")]
    [InlineData(
        Usings
            + "partial class Outer { [Ensemble<MeanLogit>] public partial class Other { [Member] public partial "
            + "EdgeClassifier Edges { get; } } public class EdgeClassifier : Zoo.EdgeClassifier { } }")]
    [InlineData(
        Usings
            + "[Ensemble<MeanLogit>] public partial class Other { [Member(Weight = 3)] public partial EdgeClassifier "
            + "Edges { get; } }")]
    public void A_neighbour_is_read_as_if_it_were_alone(string other)
    {
        const string Zoo = "namespace Zoo; public class EdgeClassifier : Ensembles.Classifier { }";
        const string Usual = Usings
            + "[Ensemble<MeanLogit>] public partial class Usual { [Member] public partial EdgeClassifier Edges { "
            + "get; } }";
        var (both, alone) = (GeneratorRun.On([Zoo, Usual, other]), GeneratorRun.On([Zoo, other]));

        Assert.Equal(alone.Files, both.Files.Where(file => file.Key != "Demo.Usual.g.cs"));
    }

    static object Model(GeneratorRun run) =>
        Assert.Single(Assert.Single(run.Result.TrackedSteps["Ensembles"]).Outputs).Value;

    static CSharpCompilation Replaced(CSharpCompilation compilation, string source, string with)
    {
        var tree = compilation.SyntaxTrees.Single(tree => tree.ToString() == source);
        return compilation.ReplaceSyntaxTree(tree, GeneratorRun.Parse(with, tree.FilePath));
    }
}
