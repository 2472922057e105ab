using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>Transforms of torchvision, as its assembly declares them.</summary>
public class ENS0202VisionTests
{
    const string Vision = """
        using static TorchSharp.torch;

        namespace TorchSharp;

        public static class torchvision
        {
            public interface ITransform { Tensor call(Tensor input); }

            public static class transforms
            {
                public static ITransform RandomHorizontalFlip(double p = 0.5) => null!;
                public static ITransform ColorJitter(float brightness = 0) => null!;
                public static ITransform RandAugment(int ops = 2) => null!;
                public static ITransform Normalize(double[] means, double[] stdevs) => null!;
                public static ITransform Compose(params ITransform[] transforms) => null!;
            }
        }
        """;

    static readonly Lazy<MetadataReference> assembly = new(() =>
    {
        var image = new MemoryStream();
        Assert.True(AnalyzerRun.Compile([Vision], "TorchVision").Emit(image).Success);
        return MetadataReference.CreateFromImage(image.ToArray());
    });

    [Theory]
    [InlineData("flip.call(images)", "RandomHorizontalFlip")]
    [InlineData("both.call(images).flatten(1).relu()", "ColorJitter")]
    [InlineData("torchvision.transforms.RandAugment().call(images)", "RandAugment")]
    [InlineData("images + flip.call(images * 2)", "RandomHorizontalFlip")]
    public void Finds_transforms_that_draw(string forward, string transform)
    {
        var found = Assert.Single(On(forward));
        Assert.Contains($"draws random numbers at inference with `{transform}`", found.GetMessage());
        Assert.Equal("call", found.Location.SourceTree!.GetText().ToString(found.Location.SourceSpan));
    }

    [Theory]
    [InlineData("plain.call(images)")]
    [InlineData("training ? flip.call(images) : images")]
    [InlineData("images")]
    public void Accepts_the_others_and_what_is_drawn_in_training_alone(string forward) => Assert.Empty(On(forward));

    static IReadOnlyList<Diagnostic> On(string forward)
    {
        var compilation = AnalyzerRun.Compile(
            [$$"""
                {{Snippets.Usings}}
                public class Augmented : InputTransform
                {
                    readonly torchvision.ITransform flip = torchvision.transforms.RandomHorizontalFlip();
                    readonly torchvision.ITransform plain = torchvision.transforms.Normalize([0.5], [0.5]);
                    readonly torchvision.ITransform both;
                    public Augmented() =>
                        both = torchvision.transforms.Compose(plain, torchvision.transforms.ColorJitter(1));
                    public override Tensor forward(Tensor images) => {{forward}};
                }
                """],
            "Demo", assembly.Value);
        var run = AnalyzerRun.On(compilation, new ENS0202UndeclaredDraws());
        Assert.Empty(run.CompilerErrors);
        return run.Diagnostics;
    }
}
