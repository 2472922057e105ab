using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Robustness;

/// <summary>Defenses that tell clean images by their whole grey levels, which perturbed ones have not.</summary>
public class GreyLevelsTests
{
    const string Check = "the attack leaves nothing to images of whole grey levels";

    static LabeledImages OfLevels(int count)
    {
        using var images = FourPixels.Of(count, [0.1, 0.05, 0.2, 0.2], noise: 0.04);
        return new LabeledImages((images.Images * 255).round() / 255, images.Labels.alias(), classCount: 2);
    }

    static RobustnessResult Evaluate(AttackSurface surface, LabeledImages images, double epsilon, Norm norm) =>
        RobustnessEvaluation.Run(
            surface, "defense", images, new ThreatModel(norm, epsilon), [new Pgd { Steps = 20, Restarts = 2 }],
            new EvaluationOptions());

    /// <summary>The distance of each image's pixels from the next whole level, in levels: 0 for clean images.</summary>
    static Tensor Offsets(Tensor images)
    {
        var levels = images.flatten(1) * 255;
        return (levels - levels.detach().round()).abs().amax([1]);
    }

    sealed class LevelDetector : Detector
    {
        public override Tensor forward(Tensor images) => Offsets(images);
    }

    /// <summary>Pixel 0 decides an image of whole levels; pixels 2 and 3, out of reach, any other.</summary>
    sealed class TwoFaced : Classifier
    {
        public override Tensor forward(Tensor images)
        {
            var pixels = images.flatten(1) - 0.5;
            var isWhole = Offsets(images).lt(0.01);
            var score = where(isWhole, pixels.select(1, 0), pixels.narrow(1, 2, 2).mean([1]));
            return stack([zeros_like(score), score], dim: 1);
        }
    }

    [Theory]
    [InlineData(Norm.Linf, 0.155)]
    [InlineData(Norm.L2, 0.2)]
    public void A_gate_that_knows_whole_levels_stops_attacks_and_falls_to_the_check(Norm norm, double epsilon)
    {
        using var images = OfLevels(40);
        using var ensemble = new FakeEnsemble(
            [("A", LinearClassifier.OfPixel(0))], [("Gate", new LevelDetector(), 0.01f)]);

        var result = Evaluate(ensemble.Surface, images, epsilon, norm);

        Assert.False(result.Checks.Single(check => check.Name == Check).Passed, result.ToString());
        Assert.False(result.Valid);
        Assert.Equal(0, result.At(epsilon).Lenient.Value);
    }

    [Fact]
    public void A_network_that_decides_on_whole_levels_by_another_falls_to_the_check()
    {
        using var images = OfLevels(40);
        using var classifier = new TwoFaced();
        classifier.eval();

        var result = Evaluate(AttackSurface.FromClassifier(classifier), images, 0.155, Norm.Linf);

        Assert.False(result.Checks.Single(check => check.Name == Check).Passed, result.ToString());
        Assert.Equal(0, result.At(0.155).Lenient.Value);
    }

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void What_it_finds_are_whole_levels_inside_the_ball(Norm norm)
    {
        using var images = OfLevels(40);
        var (surface, threat) = (AttackSurface.FromClassifier(LinearClassifier.OfPixel(0)), new ThreatModel(norm, 0.1));
        using var found = new GreyLevels(new Pgd { Steps = 20 }).Run(
            surface, images.Images, images.Labels, threat, new AttackOptions());

        Assert.True(((found.Images * 255) - (found.Images * 255).round()).abs().max().item<float>() < 1e-3);
        Assert.True(norm.Distances(found.Images, images.Images).max().item<double>() <= 0.1 + 1e-6);
        // Pixel 0 lies 0.06 to 0.14 from the other class: about half of the images are in reach.
        Assert.InRange(found.Success.Count(success => success), 10, 30);
    }

    [Fact]
    public void Images_of_other_levels_and_radii_below_one_have_no_such_check()
    {
        using var images = OfLevels(40);
        using var others = FourPixels.Of(40, [0.1, 0.05, 0.2, 0.2], noise: 0.04);
        var surface = AttackSurface.FromClassifier(LinearClassifier.OfPixel(0));

        Assert.Contains(Evaluate(surface, images, 0.004, Norm.Linf).Checks, check => check.Name == Check);
        Assert.DoesNotContain(Evaluate(surface, images, 0.003, Norm.Linf).Checks, check => check.Name == Check);
        Assert.DoesNotContain(Evaluate(surface, others, 0.1, Norm.Linf).Checks, check => check.Name == Check);
    }
}
