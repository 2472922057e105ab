using Ensembles.Generators.Tests.Running;

namespace Ensembles.Generators.Tests;

/// <summary>
/// Unusual declarations that are well-formed: what is emitted compiles with them without an error or a warning.
/// </summary>
public class PlaceTests
{
    const string Body = """
        {
            [Gate] public partial global::Zoo.Uncertainty Doubt { get; }
            [Member] public partial global::Zoo.Edges A { get; }
            [Member] public partial global::Zoo.Pruned B { get; }
        }
        """;

    /// <summary>Declarations with their file names; "[]" stands for the attribute, "{}" for the components.</summary>
    [Theory]
    [InlineData("Demo.E", "namespace Demo; [] public partial class E {}")]
    [InlineData("Demo.Deep.E", "namespace Demo { namespace Deep { [] public partial class E {} } }")]
    [InlineData("Demo.event.E", "namespace Demo.@event; [] public partial class E {}")]
    [InlineData("class", "[] public partial class @class {}")]
    [InlineData("E", "[] public partial class E {}")]
    [InlineData("E", "[] internal sealed partial class E : Ensemble {}")]
    [InlineData(
        "E", "[] public partial class E : System.ICloneable {} partial class E { public object Clone() => this; }")]
    [InlineData(
        "E",
        "partial class E { int size; public E() : this(null!, null!, null!) => size = 3; public int Size => size; } "
        + "[] public partial class E {}")]
    [InlineData(
        "E",
        "[] public partial class E {} partial class E { public void CalibrateGates(LabeledImages images) => "
        + "CalibrateGates(images.Images); }")]
    [InlineData("Demo.Outer+E", "namespace Demo; public static partial class Outer { [] public partial class E {} }")]
    [InlineData(
        "Outer+Middle+E", "partial struct Outer { internal partial record Middle { [] private partial class E {} } }")]
    [InlineData(
        "Outer`1+IMiddle`1+E",
        "partial record struct Outer<T> { internal partial interface IMiddle<@in> { [] partial class E {} } }")]
    [InlineData("E`1", "[] public partial class E<T> where T : notnull, new() {}")]
    [InlineData("EnsembleSurface", "[] public partial class EnsembleSurface {}")]
    [InlineData("Größe.类", "namespace Größe; [] public partial class 类 {}")]
    [InlineData("WithoutA", "[] public partial class WithoutA {}")]
    // Names in the way of those that emitted code uses.
    [InlineData("Ensembles.E", "namespace Ensembles; [] public partial class E {}")]
    [InlineData("TorchSharp.System.E", "namespace TorchSharp.System; [] public partial class E {}")]
    [InlineData(
        "Demo.E",
        "namespace Demo; class Decision; class Tensor; class Ballot; class System; class TorchSharp; [] public "
        + "partial class E {}")]
    public void Compile_wherever_they_are(string file, string declaration)
    {
        var run = GeneratorRun.On([Sources.Defenses, "using Ensembles;\n#pragma warning disable CS1591\n"
            + declaration.Replace("[]", "[Ensemble<MeanProbability>]", StringComparison.Ordinal)
                .Replace("{}", Body, StringComparison.Ordinal)]);

        Assert.Empty(run.Complaints);
        Assert.Contains($"{file}.g.cs", run.Files.Keys);
    }

    /// <summary>Components whose names come near others.</summary>
    [Theory]
    [InlineData("[Member] public partial Edges Transfer { get; } [Member] public partial Edges transfer { get; }")]
    [InlineData(
        "[Member] public partial Edges Images { get; } [Member] public partial Edges Scores { get; } [Member] public "
        + "partial Edges Labels { get; }")]
    [InlineData(
        "[Member] public partial Edges Logits { get; } [Member] public partial Edges Ballot { get; } [Member] public "
        + "partial Edges Exact { get; }")]
    [InlineData(
        "[Member] public partial Edges images { get; } [Member] public partial Edges whole { get; } [Member] public "
        + "partial Edges draws { get; }")]
    [InlineData(
        "[Member] public partial Edges Name { get; } [Member] public partial Edges Handle { get; } [Member] public "
        + "partial Edges Whole { get; }")]
    [InlineData(
        "[Member] public partial Edges Weights { get; } [Member] public partial Edges weights { get; } [Gate] public "
        + "partial Uncertainty Member { get; }")]
    [InlineData(
        "[Gate] public partial Uncertainty Gate { get; } [Member] public partial Edges GateThreshold { get; } "
        + "[Member] public partial Edges GateScores { get; }")]
    [InlineData(
        "[Member] public partial Edges A { get; } [Member] public partial Edges WithoutA { get; } int a() => 0; int "
        + "WithoutWithoutA() => a();")]
    [InlineData(
        "[Member] public partial Edges Field { get; } [Member] public partial Edges Value { get; } [Member] public "
        + "partial Edges Var { get; }")]
    [InlineData(
        "[Member] public partial Edges @event { get; } [Member] public partial Edges Event { get; } [Member] public "
        + "partial Edges @base { get; }")]
    [InlineData(
        "[Member] public partial Edges Ünïcödé { get; } [Member] public partial Edges _ { get; } [Member] public "
        + "partial Edges 类 { get; }")]
    [InlineData(
        "[Member] public partial Edges EnsembleSurface { get; } [Member] public partial Edges Torch { get; } "
        + "[Member] public partial Edges System { get; }")]
    [InlineData(
        "[Member] internal partial Edges A { get; } [Member] private partial Edges B { get; } [Member] protected "
        + "internal virtual partial Edges C { get; }")]
    [InlineData(
        "[Member] internal partial Hidden A { get; } [Member] public partial Edges B { get; } } internal class "
        + "Hidden : Edges {")]
    [InlineData("[Member] private partial Inner A { get; } sealed class Inner : Edges;")]
    [InlineData("[Member] public partial Classifier A { get; } [Gate] public partial Detector B { get; }")]
    [InlineData(
        "[Member] public partial Generic<int[], (Edges?, string?)> A { get; } } public class Generic<T, U> : "
        + "Classifier { public override TorchSharp.torch.Tensor forward(TorchSharp.torch.Tensor images) => images;")]
    [InlineData("[Member] public partial Old A { get; } } [System.Obsolete] public class Old : Edges {")]
    [InlineData(
        "[Member(Weight = 1)] public partial Edges A { get; } [Member(Weight = 1e-30)] public partial Edges B { get; "
        + "}")]
    public void Compile_whatever_components_are_called(string components)
    {
        var run = GeneratorRun.On([Sources.Defenses, $$"""
            #pragma warning disable CS1591, CS0612, CS8981
            namespace Demo;
            using Ensembles;
            using Zoo;

            [Ensemble<WeightedMean>]
            public partial class E
            {
                {{components}}
            }
            """]);

        Assert.Empty(run.Complaints);
        Assert.Contains("Demo.E.g.cs", run.Files.Keys);
    }

    [Fact]
    public void A_claim_that_emitted_code_cannot_name_is_left_out()
    {
        var run = GeneratorRun.On([Sources.Defenses, """
            #pragma warning disable CS1591
            using System.Collections.Generic;
            using Ensembles;
            using static TorchSharp.torch;

            [Ensemble<MeanProbability>]
            public partial class E
            {
                [Member] public partial Odd A { get; }
            }

            [Claims<Hider.Hidden>]
            [Claims<Sly>]
            [Claims<Zoo.Calm>]
            public class Odd : Zoo.Edges;

            public partial class Hider
            {
                [Claims<Hidden>]
                protected class Hidden : IStrength
                {
                    public static string Name => "hidden";
                    public static IReadOnlyList<Category> Categories => [];
                    public static ClaimMeasurement Measure(
                        nn.Module<Tensor, Tensor> defense, nn.Module<Tensor, Tensor> twin,
                        LabeledImages images) => null!;
                }
            }

            public class Sly : IStrength
            {
                static string IStrength.Name => "sly";
                static IReadOnlyList<Category> IStrength.Categories => [];
                static ClaimMeasurement IStrength.Measure(
                    nn.Module<Tensor, Tensor> defense, nn.Module<Tensor, Tensor> twin, LabeledImages images) => null!;
            }
            """]);

        Assert.DoesNotContain(
            run.Complaints,
            complaint => complaint.Location.SourceTree!.FilePath.EndsWith(".g.cs", StringComparison.Ordinal));
        Assert.Contains("[global::Zoo.Calm.Name]", run.Files["E.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_differ_only_in_case_get_files_of_their_own()
    {
        var run = GeneratorRun.On([Sources.Defenses, $$"""
            #pragma warning disable CS1591, CS8981
            using Ensembles;

            [Ensemble<MeanProbability>] public partial class Pair {{Body}}
            [Ensemble<MeanProbability>] public partial class pair {{Body}}
            [Ensemble<MeanProbability>] public partial class Other {{Body}}
            """]);

        Assert.Empty(run.Complaints);
        Assert.Equal(3, run.Files.Count);
        Assert.Contains("Other.g.cs", run.Files.Keys);
    }

    [Fact]
    public void Without_dependency_injection_there_is_no_registration()
    {
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet], "Microsoft.Extensions.DependencyInjection");

        Assert.DoesNotContain("AddQuartet", run.Files["Demo.Quartet.g.cs"], StringComparison.Ordinal);
        Assert.Empty(run.Complaints);
    }

    [Theory]
    [InlineData("[] public partial class E {}", true)]
    [InlineData("[] partial class E {}", true)]
    [InlineData("partial class Outer { [] private partial class E {} }", false)]
    [InlineData("partial class Outer { [] protected partial class E {} }", false)]
    [InlineData("[] public partial class E<T> {}", false)]
    public void A_registration_is_written_where_it_can_reach_the_ensemble(string declaration, bool registered)
    {
        var run = GeneratorRun.On([Sources.Defenses, "using Ensembles;\n#pragma warning disable CS1591\n"
            + declaration.Replace("[]", "[Ensemble<MeanProbability>]", StringComparison.Ordinal)
                .Replace("{}", Body, StringComparison.Ordinal)]);

        Assert.Empty(run.Complaints);
        Assert.Equal(
            registered, run.Files.Single().Value.Contains("IServiceCollection AddE(", StringComparison.Ordinal));
    }
}
