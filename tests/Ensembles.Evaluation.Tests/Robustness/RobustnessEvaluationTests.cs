using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Robustness;

public class RobustnessEvaluationTests
{
    static readonly EvaluationOptions options = new() { Seed = 3, Checks = CheckBudget.None };

    static RobustnessResult Evaluate(
        AttackSurface surface, LabeledImages images, double epsilon, params IAttack[] attacks) =>
        RobustnessEvaluation.Run(surface, "defense", images, new ThreatModel(Norm.Linf, epsilon), attacks, options);

    [Fact]
    public void Robust_accuracy_of_a_linear_classifier_is_the_share_of_margins_above_epsilon()
    {
        using var images = FourPixels.Of(100, [0.2, 0, 0, 0], noise: 0.1);
        var surface = AttackSurface.FromClassifier(LinearClassifier.OfPixel(0));
        var margins = (images.Images.flatten(1).select(1, 0) - 0.5).abs().data<float>().ToArray();

        foreach (var epsilon in (double[])[0.05, 0.15, 0.2, 0.25, 0.35])
        {
            var result = Evaluate(surface, images, epsilon, new CornerAttack());

            Assert.Equal(1, result.Clean.Value);
            Assert.Equal(margins.Count(margin => margin > epsilon) / 100.0, result.At(epsilon).Lenient.Value, 1e-9);
        }
    }

    [Fact]
    public void Who_never_rejects_has_one_robust_accuracy()
    {
        using var images = FourPixels.Of(50, [0.2, 0.1, 0, 0], noise: 0.1);
        using var ensemble = new FakeEnsemble([("A", LinearClassifier.OfPixel(0)), ("B", LinearClassifier.OfPixel(1))]);

        var at = Evaluate(ensemble.Surface, images, 0.15, new CornerAttack()).At(0.15);

        Assert.InRange(at.Lenient.Value, 0.05, 0.95);
        Assert.Equal(at.Lenient, at.Strict);
    }

    [Fact]
    public void An_ensemble_is_evaluated_under_its_own_name_and_with_its_gates()
    {
        using var images = FourPixels.Of(20, [0.4, 0, 0, 0]);
        using var ensemble = new FakeEnsemble(
            [("A", LinearClassifier.OfPixel(0))], [("Gate", new NearnessDetector(0), -10)]);

        var result = RobustnessEvaluation.Run(
            ensemble, images, new ThreatModel(Norm.Linf, 0.1), new CornerAttack());

        Assert.Equal(ensemble.Declaration.Name, result.Name);
        Assert.Equal(0, result.Coverage.Value);
    }

    [Fact]
    public void Who_rejects_all_has_no_accuracy_at_all()
    {
        using var images = FourPixels.Of(50, [0.4, 0, 0, 0]);
        using var ensemble = new FakeEnsemble(
            [("A", LinearClassifier.OfPixel(0))], [("Gate", new NearnessDetector(0), -10)]);

        var result = Evaluate(ensemble.Surface, images, 0.1, new CornerAttack());

        Assert.Equal(0, result.Clean.Value);
        Assert.Equal(0, result.Coverage.Value);
        Assert.Null(result.Selective);
        Assert.Equal(0, result.At(0.1).Lenient.Value);
        Assert.Equal(0, result.At(0.1).Strict.Value);
        Assert.Equal(50, result.Count);
    }

    [Fact]
    public void Rejecting_an_adversarial_image_helps_leniently_and_not_strictly()
    {
        // From a margin of 0.3 an attacker with 0.4 crosses to 0.1 on the other side, where the gate rejects.
        using var images = FourPixels.Of(50, [0.3, 0, 0, 0], noise: 0);
        using var ensemble = new FakeEnsemble(
            [("A", LinearClassifier.OfPixel(0))], [("Gate", new NearnessDetector(0), -0.2f)]);

        var result = Evaluate(ensemble.Surface, images, 0.4, new CornerAttack());

        Assert.Equal(1, result.Clean.Value);
        Assert.Equal(1, result.At(0.4).Lenient.Value);
        Assert.Equal(0, result.At(0.4).Strict.Value);
        Assert.Equal(["Misclassify", "Disrupt"], result.Attacks.Select(a => a.Criterion));
    }

    [Fact]
    public void Tightening_the_gate_on_fixed_images_lowers_attack_success_and_clean_accuracy()
    {
        using var images = FourPixels.Of(200, [0.2, 0, 0, 0], noise: 0.2);
        var towardsTheOther = (0.3 - 0.6 * images.Labels.view(-1, 1, 1, 1)).to_type(ScalarType.Float32);
        using var moved = new Candidates(
            "fixed", [.. Enumerable.Range(0, 200)], (images.Images + towardsTheOther).clamp(0, 1));

        var figures = new List<(double Clean, double Success)>();
        foreach (var threshold in (float[])[-0.05f, -0.1f, -0.15f, -0.2f, -0.25f])
        {
            using var ensemble = new FakeEnsemble(
                [("A", LinearClassifier.OfPixel(0))], [("Gate", new NearnessDetector(0), threshold)]);
            var result = RobustnessEvaluation.Run(
                ensemble.Surface, "defense", images, new ThreatModel(Norm.Linf, 0.3), [], options, [moved]);
            figures.Add((result.Clean.Value, result.Clean.Value - result.At(0.3).Lenient.Value));
        }

        Assert.Equal(figures.OrderByDescending(f => f.Clean), figures);
        Assert.Equal(figures.OrderByDescending(f => f.Success), figures);
        Assert.True(figures[0].Clean > figures[^1].Clean && figures[0].Success > figures[^1].Success);
    }

    [Fact]
    public void Each_image_falls_to_its_worst_attack()
    {
        // Each of the two attacks breaks one class, so that the mean of their figures would be a half.
        using var images = FourPixels.Of(40, [0.1, 0, 0, 0]);
        var surface = AttackSurface.FromClassifier(LinearClassifier.OfPixel(0));
        var up = new MoveAttack("up", (x, threat) => x + threat.Epsilon * 0.999);
        var down = new MoveAttack("down", (x, threat) => x - threat.Epsilon * 0.999);

        Assert.Equal(0.5, Evaluate(surface, images, 0.2, up).At(0.2).Lenient.Value);
        Assert.Equal(0.5, Evaluate(surface, images, 0.2, down).At(0.2).Lenient.Value);
        Assert.Equal(0, Evaluate(surface, images, 0.2, up, down).At(0.2).Lenient.Value);
    }

    [Fact]
    public void Replayed_images_count_inside_the_ball_only()
    {
        using var images = FourPixels.Of(40, [0.1, 0, 0, 0], noise: 0);
        var surface = AttackSurface.FromClassifier(LinearClassifier.OfPixel(0));
        using var flipped = new Candidates("flipped", [0, 1, 2, 3], (1 - images.Images.narrow(0, 0, 4)).contiguous());

        double Robust(double epsilon) => RobustnessEvaluation
            .Run(surface, "defense", images, new ThreatModel(Norm.Linf, epsilon), [], options, [flipped])
            .At(epsilon).Lenient.Value;

        Assert.Equal(1, Robust(0.19));
        Assert.Equal(0.9, Robust(0.21), 1e-9);
    }

    [Fact]
    public void A_randomised_defense_survives_where_every_draw_does()
    {
        using var images = FourPixels.Of(200, [0.2, 0, 0, 0], noise: 0);
        var noisy = new NoisyClassifier(0, noise: 0.15);
        noisy.eval();

        var result = Evaluate(AttackSurface.FromClassifier(noisy), images, 0.1, new CornerAttack());
        var again = Evaluate(AttackSurface.FromClassifier(noisy), images, 0.1, new CornerAttack());

        // P(right) = Phi(0.2 / 0.15) = 0.909 for one draw and 0.384 for ten.
        Assert.Equal(10, result.Survival.Draws);
        Assert.InRange(result.Clean.Value, 0.88, 0.94);
        Assert.InRange(result.CleanWorst.Value, 0.28, 0.49);
        var at = result.At(0.1);
        Assert.True(at.Lenient.Value <= at.LenientMean && at.LenientMean < result.Clean.Value);
        Assert.True(at.Lenient.Value <= result.CleanWorst.Value);
        Assert.Equal(result.Survival.Lenient[1], again.Survival.Lenient[1]);
        Assert.Equal(result.Survival.Lenient[0], again.Survival.Lenient[0]);
    }

    /// <summary>
    /// The same noise drawn once a call: ten draws are ten calls, or an image that survives one would survive all.
    /// </summary>
    [Fact]
    public void A_defense_that_draws_once_a_call_is_judged_in_as_many_draws()
    {
        using var images = FourPixels.Of(200, [0.2, 0, 0, 0], noise: 0);
        var noisy = new NoisyClassifier(0, noise: 0.15) { DrawsOnceACall = true };
        noisy.eval();

        var result = Evaluate(AttackSurface.FromClassifier(noisy), images, 0.1, new CornerAttack());

        Assert.InRange(result.Clean.Value, 0.8, 0.97);
        Assert.InRange(result.CleanWorst.Value, 0.1, 0.7);
    }

    [Fact]
    public void A_randomised_defense_is_not_worn_down_by_the_number_of_candidates()
    {
        // Forty candidates that change nothing the defense looks at: each is survived with 0.97 in a draw, hence two
        // times ten draws with 0.54, and 410 draws never.
        using var images = FourPixels.Of(200, [0.2, 0, 0, 0], noise: 0);
        var noisy = new NoisyClassifier(0, noise: 0.1063);
        noisy.eval();
        var replayed = Enumerable.Range(1, 40).Select(i =>
        {
            var moved = images.Images.clone();
            moved[TensorIndex.Colon, TensorIndex.Colon, 1, 1] += 0.001f * i;
            return new Candidates($"harmless {i}", [.. Enumerable.Range(0, 200)], moved);
        }).ToArray();

        var threat = new ThreatModel(Norm.Linf, 0.1);
        var result = RobustnessEvaluation.Run(
            AttackSurface.FromClassifier(noisy), "defense", images, threat, [], options, replayed);

        Assert.InRange(result.At(0.1).Lenient.Value, 0.42, 0.66);
        Assert.InRange(result.At(0.1).LenientMean, 0.92, 0.97);
        Assert.True(result.At(0.1).Lenient.Value <= result.CleanWorst.Value);
    }

    [Fact]
    public void An_attack_that_leaves_the_ball_is_refused()
    {
        using var images = FourPixels.Of(10, [0.1, 0, 0, 0]);
        var far = new MoveAttack("far", (x, threat) => x + 2 * threat.Epsilon);

        var e = Assert.Throws<InvalidOperationException>(
            () => Evaluate(AttackSurface.FromClassifier(LinearClassifier.OfPixel(0)), images, 0.1, far));
        Assert.Contains("far left the ball", e.Message);
    }

    [Fact]
    public void An_attack_without_a_gradient_says_nothing()
    {
        using var images = FourPixels.Of(10, [0.1, 0, 0, 0]);

        var surface = AttackSurface.FromClassifier(LinearClassifier.OfPixel(0));
        var result = Evaluate(surface, images, 0.1, new BlindAttack());

        Assert.Contains("Blind had no gradient to follow on defense at Linf 0.1", Assert.Single(result.Attacks).Fault);
    }

    [Fact]
    public void An_attack_whose_claims_do_not_hold_is_at_fault()
    {
        using var images = FourPixels.Of(10, [0.3, 0, 0, 0]);
        var boaster = new MoveAttack("boaster", (x, threat) => x + 0.5 * threat.Epsilon);

        var record = Assert.Single(
            Evaluate(AttackSurface.FromClassifier(LinearClassifier.OfPixel(0)), images, 0.1, boaster).Attacks);

        Assert.Equal((10, 10, 0), (record.Attacked, record.Claimed, record.Confirmed));
        Assert.Contains("claims 10 successes", record.Fault);
    }

    [Fact]
    public void A_defense_in_training_mode_is_refused()
    {
        using var images = FourPixels.Of(10, [0.3, 0, 0, 0]);
        var classifier = LinearClassifier.OfPixel(0);
        classifier.train();

        var e = Assert.Throws<InvalidOperationException>(
            () => Evaluate(AttackSurface.FromClassifier(classifier), images, 0.1, new CornerAttack()));
        Assert.Contains("call eval()", e.Message);
    }

    [Fact]
    public void Cancelling_stops_the_evaluation()
    {
        using var images = FourPixels.Of(10, [0.3, 0, 0, 0]);
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => RobustnessEvaluation.Run(
            AttackSurface.FromClassifier(LinearClassifier.OfPixel(0)),
            "defense",
            images,
            new ThreatModel(Norm.Linf, 0.1),
            [new CornerAttack()],
            options with { Cancellation = source.Token }));
    }
}
