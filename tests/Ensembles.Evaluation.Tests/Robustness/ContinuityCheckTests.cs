using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Ensembles.Evaluation.Tests.Robustness;

public class ContinuityCheckTests
{
    static CheckOutcome Check(Classifier classifier, Norm norm = Norm.Linf, double epsilon = 0.03)
    {
        classifier.eval();
        using var images = FiveClasses.Images(40);
        return ContinuityCheck.Run(
            AttackSurface.FromClassifier(classifier), images, new ThreatModel(norm, epsilon), new EvaluationOptions());
    }

    static CheckOutcome Check(Func<Tensor, Tensor> answer, Norm norm = Norm.Linf) =>
        Check(new FiveClasses((_, images) => answer(images)), norm);

    /// <summary>What follows the pixels smoothly and has nothing to do with the classes.</summary>
    static Tensor Beside(Tensor images)
    {
        using var generator = new Generator(7);
        return images.flatten(1).matmul(randn(images[0].numel(), 5, generator: generator));
    }

    static Tensor Winner(Tensor logits) => one_hot(logits.argmax(1), 5).to_type(ScalarType.Float32);

    public static TheoryData<string, Func<Tensor, Tensor>> Continuous => DerivativeCheckTests.Derivatives;

    [Theory]
    [MemberData(nameof(Continuous))]
    public void What_changes_little_by_little_passes(string name, Func<Tensor, Tensor> answer)
    {
        var check = Check(answer);
        Assert.True(check.Passed, $"{name}: {check.Finding}");
    }

    public static readonly TheoryData<string, Func<Tensor, Tensor>> Jumps = new()
    {
        { "the winner alone", x => Winner(FiveClasses.Logits(x)) },
        { "the winner, and a gradient that is another's", x => 10 * Winner(FiveClasses.Logits(x)) + Beside(x) },
        { "a ramp as steep", x => 10 * (1e5f * FiveClasses.Logits(x)).softmax(1) + Beside(x) },
        { "logits in steps", x => (FiveClasses.Logits(x) * 2).round() + 0.01f * Beside(x) },
    };

    [Theory]
    [MemberData(nameof(Jumps))]
    public void What_jumps_is_told(string name, Func<Tensor, Tensor> answer)
    {
        foreach (var norm in new[] { Norm.Linf, Norm.L2 })
        {
            var check = Check(answer, norm);
            Assert.False(check.Passed, $"{name}: {check.Finding}");
            Assert.Contains("jumps", check.Finding, StringComparison.Ordinal);
        }
    }

    /// <summary>What answers near an image as it did there jumps where the next answer begins.</summary>
    [Fact]
    public void What_remembers_images_is_told()
    {
        var seen = new List<(Tensor Image, Tensor Logits)>();
        Tensor Recalled(Tensor image)
        {
            var known = seen.FirstOrDefault(s => (s.Image - image).abs().max().item<float>() <= 0.05f).Logits;
            if (known is null)
                seen.Add((image.clone().DetachFromDisposeScope(),
                    known = FiveClasses.Logits(image).DetachFromDisposeScope()));
            return known;
        }

        var check = Check(x => cat([.. x.split(1).Select(Recalled)]) + 0.01 * FiveClasses.Logits(x));
        foreach (var (image, logits) in seen)
        {
            image.Dispose();
            logits.Dispose();
        }

        Assert.False(check.Passed, check.Finding);
        Assert.Contains("jumps", check.Finding, StringComparison.Ordinal);
    }

    /// <summary>Attacks follow what is declared, and the other checks say what it is worth.</summary>
    [Fact]
    public void What_declares_a_surrogate_may_jump()
    {
        Assert.True(Check(new Declared()).Passed);
        Assert.Contains("declares a surrogate", Check(new Declared()).Finding, StringComparison.Ordinal);
    }

    /// <summary>An evaluation says it, where attacks and searches leave all images.</summary>
    [Fact]
    public void Such_a_figure_is_none()
    {
        using var images = FiveClasses.Images(40);
        var classifier = new FiveClasses((_, x) => 10 * Winner(FiveClasses.Logits(x)) + Beside(x));
        classifier.eval();
        var result = RobustnessEvaluation.Run(
            classifier, images, new ThreatModel(Norm.Linf, 0.01), new Pgd { Steps = 5 });
        Assert.Contains(result.Invalid, reason => reason.Contains("jumps", StringComparison.Ordinal));
    }

    sealed class Declared : Classifier, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => Winner(FiveClasses.Logits(images));

        public Tensor surrogate(Tensor images) => FiveClasses.Logits(images);
    }
}
