using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>
/// Only classes that are suspect from their syntax are read. Here the class that is attacked has nothing in it that
/// breaks a gradient, and leads to what does in every way that code can name other code: were one of them overlooked,
/// the rule would be silent.
/// </summary>
public class SuspectsTests
{
    [Theory]
    [InlineData(
        "images.Stepped()", "public static class Steps { public static Tensor Stepped(this Tensor x) => x.round(); }")]
    [InlineData(
        "Stepped(images)", "public static class Steps { public static Tensor Stepped(Tensor x) => x.round(); }",
        "global using static Steps;")]
    [InlineData(
        "Short.Of(images)", "public class Steps { public static Tensor Of(Tensor x) => x.round(); }",
        "global using Short = Steps;")]
    [InlineData(
        "Outer.Inner.Of(images)",
        "public class Outer { public class Inner { public static Tensor Of(Tensor x) => x.round(); } }")]
    [InlineData(
        "new Chain().Link.Of(images)", "public class Chain { public Steps Link { get; } = new(); }",
        "public class Steps { public Tensor Of(Tensor x) => x.round(); }")]
    [InlineData(
        "Part(images)",
        "public abstract class Between : InputTransform { protected Tensor Part(Tensor x) => x.round(); }", "",
        "Between")]
    [InlineData(
        "Far(images)", "public abstract class Between : Base { }",
        "public abstract class Base : InputTransform { protected Tensor Far(Tensor x) => x.round(); }", "Between")]
    [InlineData("Other(images)", "public sealed partial class Attacked { Tensor Other(Tensor x) => x.round(); }")]
    [InlineData(
        "Made(images)", "public static class Steps { public static Func<Tensor, Tensor> Made => x => x.round(); }",
        "global using static Steps;")]
    [InlineData(
        "part.call(images)",
        "public sealed partial class Attacked { readonly Module<Tensor, Tensor> part = Sequential(new Step()); }",
        "public sealed class Step() : Module<Tensor, Tensor>(\"step\") { public override Tensor forward(Tensor x) => "
        + "x.round(); }")]
    [InlineData(
        "step(images)", "public sealed partial class Attacked { readonly Func<Tensor, Tensor> step = Steps.Of; }",
        "public static class Steps { public static Tensor Of(Tensor x) => x.round(); }")]
    [InlineData("images.gt(0.5)", "")]
    [InlineData("(images > 0.5).to_type(ScalarType.Float32)", "")]
    [InlineData("images.to(ScalarType.Int64)", "")]
    [InlineData("images.div(2, RoundingMode.floor)", "")]
    [InlineData("images.round_()", "")]
    [InlineData("zeros(1) + (float)images.sum()", "")]
    [InlineData("images.max(1).indexes", "")]
    public void What_leads_to_a_break_is_read(
        string forward, string other, string more = "", string parent = "InputTransform") =>
        Assert.Equal(["ENS0201"], Reported(new ENS0201NoGradient(), forward, other, more, parent));

    [Theory]
    [InlineData("(images * 20).softmax(1)", "")]
    [InlineData("(images / 0.05).sigmoid()", "")]
    [InlineData("(images * Factor.Of).tanh()", "public static class Factor { public const double Of = 20; }")]
    [InlineData(
        "(images / temperature).tanh()",
        "public sealed partial class Attacked { readonly double temperature = 0.05; }")]
    [InlineData("(images * Scale).tanh()", "public sealed partial class Attacked { double Scale { get; } = 4 * 5; }")]
    [InlineData("(images * Math.Tau * Math.PI).tanh()", "")]
    [InlineData("images.mul(4.5).mul_(4.5).tanh()", "")]
    [InlineData("(-(3 * (2 * 3)) * images).tanh()", "")]
    public void What_multiplies_is_read(string forward, string other) =>
        Assert.Equal(["ENS0203"], Reported(new ENS0203Saturation(), forward, other));

    static IEnumerable<string> Reported(
        Microsoft.CodeAnalysis.Diagnostics.DiagnosticAnalyzer rule, string forward, string other, string more = "",
        string parent = "InputTransform")
    {
        var run = AnalyzerRun.On(
            [
                (more.StartsWith("global", StringComparison.Ordinal) ? more : "") + Snippets.Usings
                    + $"public sealed partial class Attacked : {parent} "
                    + $"{{ public override Tensor forward(Tensor images) => {forward}; }}",
                Snippets.Usings + other,
                Snippets.Usings + (more.StartsWith("global", StringComparison.Ordinal) ? "" : more),
            ],
            rule);
        Assert.Equal([], run.CompilerErrors);
        return run.Diagnostics.Select(diagnostic => diagnostic.Id);
    }
}
