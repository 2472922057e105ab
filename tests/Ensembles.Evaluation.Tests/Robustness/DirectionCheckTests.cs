using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation.Tests.Robustness;

public class DirectionCheckTests
{
    static CheckOutcome Check(AttackSurface surface, Norm norm = Norm.Linf, double epsilon = 0.1)
    {
        using var images = FourPixels.Of(40, [0.1, 0, 0, 0], noise: 0.05);
        return DirectionCheck.Run(
            surface, images, new ThreatModel(norm, epsilon), new EvaluationOptions { BatchSize = 16 });
    }

    static AttackSurface Of(Module<Tensor, Tensor> module)
    {
        module.eval();
        return AttackSurface.FromClassifier(module);
    }

    [Theory]
    [InlineData(Norm.Linf, 0.1)]
    [InlineData(Norm.L2, 0.2)]
    [InlineData(Norm.L1, 0.2)]
    [InlineData(Norm.L0, 1)]
    public void The_gradient_of_a_line_leads_where_it_points(Norm norm, double epsilon)
    {
        var check = Check(Of(LinearClassifier.OfPixel(0)), norm, epsilon);

        Assert.True(check.Passed);
        Assert.Equal("member LinearClassifier: on 40 of 40 images", check.Finding);
    }

    [Fact]
    public void A_gradient_turned_round_is_told_on_every_image()
    {
        var check = Check(Of(new MisleadingClassifier(0)));

        Assert.False(check.Passed);
        Assert.StartsWith("member MisleadingClassifier: on 0 of 40 images. ", check.Finding);
    }

    /// <summary>
    /// Another pixel than the one that decides: the gradient has nothing to do with what it stands for, and nothing
    /// moves.
    /// </summary>
    [Fact]
    public void A_surrogate_that_has_nothing_to_do_with_it_is_right_by_chance_alone()
    {
        var check = Check(Of(new UnrelatedSurrogate(seed: 3)), epsilon: 0.3);

        Assert.False(check.Passed);
        Assert.Matches("^member UnrelatedSurrogate: on (1[0-9]|2[0-5]) of 40 images", check.Finding);
    }

    [Fact]
    public void Draws_are_the_same_on_both_sides() =>
        Assert.Equal(
            "member NoisyClassifier: on 40 of 40 images", Check(Of(new NoisyClassifier(0, noise: 0.5))).Finding);

    [Fact]
    public void A_part_without_a_gradient_tells_nothing()
    {
        var check = Check(Of(new Rounding()));

        Assert.True(check.Passed);
        Assert.Equal("member Rounding: no image tells", check.Finding);
    }

    [Fact]
    public void Of_several_parts_those_that_mislead_are_named()
    {
        (string, Classifier)[] members = [("A", LinearClassifier.OfPixel(0)), ("B", new MisleadingClassifier(1))];
        using var sound = new FakeEnsemble([members[0]], [("Near", new NearnessDetector(0), 0f)]);
        using var misled = new FakeEnsemble(
            members, [("Near", new NearnessDetector(0), 0f), ("Far", new Turned(new NearnessDetector(0)), 0f)]);

        Assert.StartsWith(
            "member A: on 40 of 40 images; gate Near: on 40 of 40 images", Check(sound.Surface, epsilon: 0.01).Finding);
        Assert.StartsWith(
            "member B: on 0 of 40 images; gate Far: on 0 of 40 images. ", Check(misled.Surface, epsilon: 0.01).Finding);
    }

    [Fact]
    public void One_seed_is_one_finding()
    {
        var noisy = Of(new NoisyClassifier(1, noise: 0.5));
        Assert.Equal(Check(noisy).Finding, Check(noisy).Finding);
    }

    /// <summary>Decides by one pixel, and shows a gradient of random signs.</summary>
    sealed class UnrelatedSurrogate(int seed) : Classifier
    {
        public override Tensor forward(Tensor images)
        {
            var pixels = images.flatten(1);
            using var generator = new Generator((ulong)seed);
            var signs = rand(pixels.shape, generator: generator) - 0.5;
            var score = (pixels.select(1, 0) - 0.5).detach() + (signs * (pixels - pixels.detach())).sum([1]);
            return stack([zeros_like(score), score], dim: 1);
        }
    }

    sealed class Rounding() : Classifier
    {
        public override Tensor forward(Tensor images)
        {
            var score = images.flatten(1).select(1, 0).round() - 0.5;
            return stack([zeros_like(score), score], dim: 1);
        }
    }

    sealed class Turned(Detector inner) : Detector
    {
        public override Tensor forward(Tensor images)
        {
            var score = inner.call(images);
            return 2 * score.detach() - score;
        }
    }
}
