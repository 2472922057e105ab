using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Robustness;

public class AttackChecksTests
{
    static AblationResult Run(IAttack attack, string? folder = null)
    {
        using var ensemble = new FakeEnsemble([("A", LinearClassifier.OfPixel(0)), ("B", LinearClassifier.OfPixel(1))]);
        using var images = FourPixels.Of(40, [0.3, 0.05, 0, 0], noise: 0.1);
        return new AblationStudy
        {
            Ensemble = ensemble,
            Images = images,
            Threat = new ThreatModel(Norm.Linf, 0.2),
            Attacks = [attack],
            ResultsFolder = folder,
        }.Run();
    }

    [Fact]
    public void A_sound_attack_passes()
    {
        var result = Run(new Pgd { Steps = 20, Restarts = 2 });

        Assert.InRange(result.Whole.At(0.2).Lenient.Value, 0.05, 0.95);
        Assert.Equal(
            [
                "the test images are distinct",
                "the decision on an image does not depend on its batch",
                "a step along each gradient leads where it points",
                "gradients are derivatives of what the defense computes",
                "logits do not jump where a decision changes",
                "the attack leaves nothing to one step of the gradient",
                "the attack leaves nothing to noise",
                "the attack leaves nothing to Gaussian noise",
                "the attack leaves nothing to a search without a gradient",
                "the attack leaves nothing to a search that sees labels alone",
                "the attack leaves nothing to twice the steps",
                "the attack leaves nothing to twice the restarts",
                "the attack leaves nothing to an attack made for ensembles",
                "the attack leaves nothing to the strongest attack on such a defense",
                "an unbounded attack leaves no more than chance",
                "the attack on the whole beats images made against its parts",
            ],
            result.Checks.Select(check => check.Name));
        Assert.True(result.Valid, string.Join("\n", result.Invalid));
    }

    [Fact]
    public void A_crippled_attack_fails_and_is_named()
    {
        var result = Run(new Pgd { Steps = 2, StepSize = 0.001, RandomStart = false });

        Assert.False(result.Valid);
        var failed = result.Checks.Where(check => !check.Passed).Select(check => check.Name).ToArray();
        Assert.Contains("the attack leaves nothing to one step of the gradient", failed);
        Assert.Contains("an unbounded attack leaves no more than chance", failed);
        Assert.Contains(
            result.Invalid,
            reason => reason.StartsWith(
                "the attack leaves nothing to one step of the gradient: FGSM breaks ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_classifier_of_ones_own_gets_a_headline()
    {
        using var images = FourPixels.Of(40, [0.2, 0, 0, 0], noise: 0.1);
        var classifier = LinearClassifier.OfPixel(0);
        var threat = new ThreatModel(Norm.Linf, 0.2);

        var sound = RobustnessEvaluation.Run(classifier, images, threat, new Pgd { Steps = 20 });
        Assert.True(sound.Valid, string.Join("\n", sound.Invalid));
        Assert.StartsWith(
            $"VALID LinearClassifier: clean accuracy {sound.Clean}, "
            + $"robust accuracy at 0.2 {sound.At(0.2).Lenient} (40 images; PGD-20; quick checks)",
            sound.ToString());

        var crippled = RobustnessEvaluation.Run(
            classifier, images, threat, new Pgd { Steps = 2, StepSize = 0.001, RandomStart = false }).ToString();
        Assert.Matches(
            @"^INVALID LinearClassifier: clean accuracy [^,]+, [^,]+, no robust accuracy \(40 images; ", crippled);
        Assert.Contains("INVALID the attack leaves nothing to one step of the gradient: FGSM breaks ", crippled);
        Assert.StartsWith("INVALID", RobustnessEvaluation.Run(classifier, images, threat).ToString());
    }

    /// <summary>
    /// Every attack that follows a gradient pointing the wrong way fails in the same way; only other attacks show it.
    /// </summary>
    [Fact]
    public void A_misleading_gradient_is_told_by_a_step_along_it_and_by_noise()
    {
        using var images = FourPixels.Of(40, [0.1, 0, 0, 0], noise: 0.05);
        var misleading = new MisleadingClassifier(0);
        misleading.eval();

        var result = RobustnessEvaluation.Run(
            misleading, images, new ThreatModel(Norm.Linf, 0.2), new Pgd { Steps = 10, RandomStart = false });

        string[] failed = [.. result.Checks.Where(check => !check.Passed).Select(check => check.Name)];
        Assert.Contains("the attack leaves nothing to noise", failed);
        Assert.Contains("a step along each gradient leads where it points", failed);
    }

    /// <summary>
    /// The label is the sign of u (u^2 - 0.08^2), u being how far the pixel is from a half: from 0.1, one step of 0.15
    /// leads past the region of the other label.
    /// </summary>
    [Fact]
    public void One_step_alone_is_no_evaluation()
    {
        using var images = FourPixels.Of(40, [0.1, 0, 0, 0], noise: 0.005);
        var bent = new BentClassifier();
        bent.eval();

        var result = RobustnessEvaluation.Run(bent, images, new ThreatModel(Norm.Linf, 0.15), new Fgsm());

        Assert.Equal(0, result.At(0.15).Lenient.Value);
        Assert.Equal(40, result.Lowered.Sum(lowering => lowering.Images));
        Assert.Contains(
            result.Invalid,
            reason => reason.StartsWith("the attack leaves nothing to ", StringComparison.Ordinal)
                && reason.Contains("of the 40 images that survived"));
    }

    /// <summary>
    /// The second attack gives up where the draws are known: something other than chance protects the images from it.
    /// </summary>
    [Fact]
    public void A_randomised_defense_falls_when_its_draws_are_known()
    {
        const string name = "an unbounded attack that knows the draws leaves no more than chance";
        using var images = FourPixels.Of(20, [0.1, 0, 0, 0], noise: 0);
        var noisy = new NoisyClassifier(0, noise: 0.05);
        noisy.eval();
        SanityCheck Check(IAttack attack) =>
            RobustnessEvaluation.Run(
                noisy, images, new ThreatModel(Norm.Linf, 0.2), attack).Checks.Single(check => check.Name == name);

        Assert.True(Check(new Pgd { Steps = 10 }).Passed);
        Assert.False(
            Check(new MoveAttack("shy", (x, threat) => x.alias()) { OnRandomized = new Pgd { Steps = 10 } }).Passed);
    }

    [Fact]
    public void An_attack_without_a_gradient_makes_the_study_invalid()
    {
        var result = Run(new BlindAttack());

        Assert.False(result.Valid);
        Assert.Contains(result.Invalid, reason => reason.Contains("Blind had no gradient to follow on Fake"));
    }

    [Fact]
    public void What_an_attack_doubts_is_kept_and_stands_in_the_report()
    {
        using var folder = new TemporaryFolder();
        var result = Run(new DoubtfulAttack(), folder.Path);

        Assert.Contains($"Doubtful on Fake: {DoubtfulAttack.Doubt}", result.Warnings);
        Assert.Equal(result.Warnings, Run(new DoubtfulAttack(), folder.Path).Warnings);
        Assert.Contains(
            "Doubtful on Fake: Only the &lt;vote&gt; was followed.",
            HtmlReport.Write(SampleReport.Create() with { Result = result }));
        Assert.Empty(Run(new CornerAttack()).Warnings);
    }

    [Fact]
    public void Checks_are_kept_with_the_study()
    {
        using var folder = new TemporaryFolder();
        var attack = new CornerAttack();
        var first = Run(attack, folder.Path);
        var again = new CornerAttack();

        Assert.Equal(first.Checks, Run(again, folder.Path).Checks);
        Assert.Equal(0, again.Runs);
    }

    sealed class BentClassifier : Classifier
    {
        public override Tensor forward(Tensor images)
        {
            var u = images.flatten(1).select(1, 0) - 0.5;
            var score = u * (u * u - 0.08 * 0.08);
            return stack([zeros_like(score), score], dim: 1);
        }
    }
}
