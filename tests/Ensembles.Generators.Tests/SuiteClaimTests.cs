using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Tests;

/// <summary>A suite has a test for each strength that a component claims.</summary>
public class SuiteClaimTests
{
    /// <summary>A strength that measures nothing, and a member that claims.</summary>
    const string Usings = """
        #pragma warning disable CS1591, CS0612, CS0618
        using System.Collections.Generic;
        using Ensembles;
        using Ensembles.Xunit;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;


        """;

    static string Strength(string declared, string name) => $$"""
        {{declared}} {{name}} : IStrength
        {
            public static string Name => "{{name}}";
            public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];
            public static ClaimMeasurement Measure(
                Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
                new("nothing", 0, 0, true);
        }

        """;

    static string Suite(string claims, string inside = "", string strengths = "", string onSuite = "") => $$"""
        {{Usings}}
        {{strengths}}
        [Defense(Category.NonRobustFeatures)] {{claims}}
        public sealed partial class Claiming : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
            {{inside}}
        }

        [Ensemble<MeanLogit>]
        public partial class Pair
        {
            [Member] public partial Claiming First { get; }
            [Member] public partial Claiming Second { get; }
        }

        [AblationSuite<Pair>] {{onSuite}}
        public partial class PairAblation
        {
            protected override AblationSetup<Pair> Setup() => null!;
        }
        """;

    static Dictionary<string, string> ClaimTests(GeneratorRun run)
    {
        Assert.Empty(run.Complaints);
        return run.Completed.GetTypeByMetadataName("PairAblation")!.GetMembers()
            .SelectMany(member => member.DeclaringSyntaxReferences)
            .Select(reference => reference.GetSyntax())
            .OfType<MethodDeclarationSyntax>()
            .Where(method => method.ToString().Contains("AssertClaim", StringComparison.Ordinal))
            .ToDictionary(method => method.Identifier.Text, method => method.ExpressionBody!.Expression.ToString());
    }

    [Fact]
    public void A_test_says_the_property_and_the_strength()
    {
        var tests = ClaimTests(GeneratorRun.On(Suite(
            "[Claims<NonRobustFeatureRemoval>, Claims<SmallJPEGEffect_L2>]",
            strengths: Strength("public sealed class", "SmallJPEGEffect_L2"))));

        Assert.Equal(
            ["First_shows_non_robust_feature_removal", "First_shows_small_jpeg_effect_l2",
                "Second_shows_non_robust_feature_removal", "Second_shows_small_jpeg_effect_l2"],
            tests.Keys);
        Assert.Equal(
            "this.AssertClaimHolds<global::Ensembles.NonRobustFeatureRemoval>(\"First\")",
            tests["First_shows_non_robust_feature_removal"]);
    }

    [Fact]
    public void What_may_not_show_is_measured_where_that_is_stated()
    {
        var tests = ClaimTests(GeneratorRun.On(Suite(
            "[Claims<NonRobustFeatureRemoval>, Claims<SmallInputJacobian>]",
            onSuite: "[MayNotShow<NonRobustFeatureRemoval>(nameof(Pair.Second), \"why\")]")));

        Assert.Equal(
            ["First_shows_non_robust_feature_removal", "First_shows_small_input_jacobian",
                "Second_is_measured_for_non_robust_feature_removal", "Second_shows_small_input_jacobian"],
            tests.Keys);
        Assert.Equal(
            "this.AssertClaimIsMeasured<global::Ensembles.NonRobustFeatureRemoval>(\"Second\")",
            tests["Second_is_measured_for_non_robust_feature_removal"]);
    }

    [Theory]
    [InlineData("file sealed class", "[Claims<Hidden>]", false)]
    [InlineData("internal sealed class", "[Claims<Hidden>]", true)]
    public void A_strength_that_the_suite_cannot_name_is_found_by_its_name(string declared, string claims, bool named)
    {
        var tests = ClaimTests(GeneratorRun.On(Suite(claims, strengths: Strength(declared, "Hidden"))));

        Assert.Equal(
            $"this.AssertClaimHolds{(named ? "<global::Hidden>(\"First\")" : "(\"First\", \"Hidden\")")}",
            tests["First_shows_hidden"]);
    }

    [Fact]
    public void A_private_strength_is_found_by_its_name()
    {
        var tests = ClaimTests(GeneratorRun.On(Suite(
            "[Claims<Claiming.Hidden>]", inside: Strength("sealed class", "Hidden"))));

        Assert.Equal("this.AssertClaimHolds(\"First\", \"Hidden\")", tests["First_shows_hidden"]);
    }

    [Fact]
    public void Strengths_of_one_name_get_names_in_the_order_they_are_claimed()
    {
        var tests = ClaimTests(GeneratorRun.On(Suite(
            "[Claims<One.Depth>, Claims<Two.Depth>, Claims<One.Depth>]",
            strengths: $$"""
                public static class One { {{Strength("public sealed class", "Depth")}} }
                public static class Two { {{Strength("public sealed class", "Depth")}} }
                """)));

        Assert.Equal(
            ["First_shows_depth", "First_shows_depth_", "Second_shows_depth", "Second_shows_depth_"], tests.Keys);
        Assert.Equal("this.AssertClaimHolds<global::Two.Depth>(\"First\")", tests["First_shows_depth_"]);
    }

    [Fact]
    public void A_strength_may_be_marked()
    {
        var run = GeneratorRun.On(Suite(
            "[Claims<Old>]",
            strengths: "#pragma warning disable TRY01\n"
                + Strength("[System.Obsolete(\"No.\", DiagnosticId = \"TRY01\")] public sealed class", "Old")));

        Assert.Single(ClaimTests(run), test => test.Key == "First_shows_old");
    }

    [Fact]
    public void An_ensemble_among_the_members_is_tested_by_its_components()
    {
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.Nest]);

        Assert.Empty(run.Complaints);
        var suite = run.Files["Nested.NestAblation-suite.g.cs"];
        Assert.Contains("Inner_Fine_shows_blur() => this.AssertClaimHolds<global::Zoo.Blur>(\"Inner.Fine\")", suite);
        Assert.DoesNotContain(">(\"Inner\")", suite);
    }
}
