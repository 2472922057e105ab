using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using Ensembles.Numerics;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Robustness;

/// <summary>Checks are work like any other: what they break counts, and none of it is lost.</summary>
public class CountedChecksTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.2);

    /// <summary>Breaks every image of a linear classifier but the first ones, which it leaves alone.</summary>
    static MoveAttack Sparing(int images) => new("sparing", (x, t) =>
    {
        var moved = x + (0.5 - x).sign() * t.Epsilon * 0.999;
        moved.narrow(0, 0, images).copy_(x.narrow(0, 0, images));
        return moved;
    });

    static RobustnessResult Run(IAttack attack, EvaluationOptions? options = null, int count = 40)
    {
        using var images = FourPixels.Of(count, [0.1, 0, 0, 0]);
        var surface = AttackSurface.FromClassifier(LinearClassifier.OfPixel(0));
        return RobustnessEvaluation.Run(surface, "defense", images, threat, [attack], options ?? new());
    }

    [Fact]
    public void What_a_check_breaks_is_broken_and_the_check_is_named()
    {
        var result = Run(Sparing(1));
        Assert.Equal(0, result.At(0.2).Lenient.Value);
        Assert.Equal([new Lowering("the attack leaves nothing to one step of the gradient", 1)], result.Lowered);
        Assert.Contains("lowered: 1 image fell to: the attack leaves nothing to one step", result.ToString());
        Assert.DoesNotContain(result.Checks, check => !check.Passed && check.Name.StartsWith("the attack leaves"));

        // Three of forty are too many for an attack that should have found them.
        Assert.Contains(
            Run(Sparing(3)).Checks,
            check => !check.Passed && check.Name == "the attack leaves nothing to one step of the gradient");
    }

    /// <summary>Each round breaks three images of two hundred more: a figure that is still falling.</summary>
    [Fact]
    public void A_check_that_goes_on_finding_fails()
    {
        using var images = FourPixels.Of(208, [0.1, 0, 0, 0]);
        var surface = AttackSurface.FromClassifier(LinearClassifier.OfPixel(0));
        var options = new EvaluationOptions { Checks = CheckBudget.Full };
        var judge = new Judge(surface, "defense", images, Norm.Linf, options);
        var checkedDefense =
            new CheckedDefense(surface, images, threat, [new Pgd()], judge, [], options);

        var survived = judge.JudgeClean([0.2]).Clean;
        for (var image = 200; image < 208; image++)
            survived.Lower(image, level: 1, lenient: 0, strict: 0);

        var falling = new AttackRounds(checkedDefense, "falling", new Few(3)).Run(
            survived, new ImmediateProgress<double>(_ => { }));
        Assert.False(falling.Passed);
        Assert.StartsWith(
            "Few-3 breaks 3 of the 200 images that survived and Few-3 3 more and Few-3 3 more ", falling.Finding);
        Assert.Equal(9, falling.Found.Sum(found => found.Outcomes.Count(outcome => outcome.Lenient == 0)));

        var ended = new AttackRounds(checkedDefense, "ended", new Few(2)).Run(
            survived, new ImmediateProgress<double>(_ => { }));
        Assert.True(ended.Passed);
        Assert.StartsWith(
            "Few-2 breaks 2 of the 200 images that survived (at most 2 of 208, 8 of which had fallen before",
            ended.Finding);

        // Where none had fallen, two more are all that fell.
        Assert.False(new AttackRounds(checkedDefense, "blind", new Few(2)).Run(
            judge.JudgeClean([0.2]).Clean, new ImmediateProgress<double>(_ => { })).Passed);
    }

    [Fact]
    public void An_image_that_is_repeated_is_no_hundred_images()
    {
        using var images = FourPixels.Of(1, [0.1, 0, 0, 0]);
        using var repeated =
            new LabeledImages(images.Images.repeat(40, 1, 1, 1), images.Labels.repeat(40), classCount: 2);
        var result = RobustnessEvaluation.Run(
            LinearClassifier.OfPixel(0), repeated, new ThreatModel(Norm.Linf, 0.05), new Pgd { Steps = 2 });
        Assert.Contains(
            "the test images are distinct: 1 of 40 images is distinct, so shares and their intervals count the same "
            + "images again",
            result.Invalid);
    }

    [Fact]
    public void One_draw_of_many_is_the_reason()
    {
        using var images = FourPixels.Of(20, [0.1, 0, 0, 0]);
        var noisy = new NoisyClassifier(0, noise: 0.1);
        noisy.eval();
        var result = RobustnessEvaluation.Run(
            AttackSurface.FromClassifier(noisy), "noisy", images, new ThreatModel(Norm.Linf, 0.05),
            [new Pgd { Steps = 3 }], new EvaluationOptions { Draws = 1 });
        Assert.Contains(
            result.Invalid, reason => reason.StartsWith("a defense that draws is judged in several draws: 1 draw "));
        Assert.DoesNotContain(result.Checks, check => check.Name.Contains("depend on its batch"));
        Assert.All(result.Attacks, record => Assert.Null(record.Fault));
    }

    [Fact]
    public void Small_radii_few_images_and_wrong_ones_are_said()
    {
        using var images = FourPixels.Of(12, [0.1, 0, 0, 0]);
        RobustnessResult Of(LabeledImages some) => RobustnessEvaluation.Run(
            AttackSurface.FromClassifier(LinearClassifier.OfPixel(0)), "defense", some,
            new ThreatModel(Norm.Linf, 1e-6), [new Pgd { Steps = 1 }],
            new EvaluationOptions { Checks = CheckBudget.None });

        var few = Of(images).ToString();
        Assert.Contains(", robust accuracy at 1E-06 ", few);
        Assert.Contains("warning 12 images can show little: if all survived, 75.8% might still be all there is", few);
        using var many = FourPixels.Of(40, [0.1, 0, 0, 0]);
        Assert.DoesNotContain("warning", Of(many).ToString());
        using var wrong = new LabeledImages(many.Images.clone(), zeros_like(many.Labels), 2);
        Assert.DoesNotContain("are wrong without", Of(wrong).ToString());
        var labels = 1 - many.Labels;
        labels[0] = many.Labels[0];
        using var mostlyWrong = new LabeledImages(many.Images.clone(), labels, 2);
        Assert.Contains("97.5% of the clean images are wrong without any attack", Of(mostlyWrong).ToString());
    }

    [Fact]
    public void A_quick_check_begins_with_the_images_nearest_to_falling_and_stops_where_none_falls()
    {
        using var images = FourPixels.Of(200, [0.3, 0, 0, 0], noise: 0.1);
        var surface = AttackSurface.FromClassifier(LinearClassifier.OfPixel(0));
        var judge = new Judge(surface, "defense", images, Norm.Linf, new EvaluationOptions());
        var survived = judge.JudgeClean([0.2]).Clean;
        using var shown = new Candidates("shown", [.. Enumerable.Range(0, 200)], images.Images.clone());
        var checkedDefense =
            new CheckedDefense(surface, images, threat, [new Pgd()], judge, [shown], new EvaluationOptions());

        var margins = (images.Images.flatten(1).select(1, 0) - 0.5).abs().data<float>().ToArray();
        var order = Survivors.NearestFirst(checkedDefense, survived);
        Assert.Equal(Enumerable.Range(0, 200).OrderBy(i => margins[i]).Take(20), order.Take(20));

        var seen = new List<long>();
        var watched = new MoveAttack("watched", (x, _) =>
        {
            seen.Add(x.size(0));
            return x.alias();
        });
        new AttackRounds(checkedDefense, "idle", watched).Run(survived, new ImmediateProgress<double>(_ => { }));
        Assert.Equal([50], seen);
    }

    [Fact]
    public void Without_checks_a_result_is_not_valid()
    {
        var result = Run(Sparing(0), new EvaluationOptions { Checks = CheckBudget.None });
        Assert.False(result.Valid);
        Assert.Empty(result.Checks);
        Assert.Contains("; no checks)", result.ToString());
        Assert.Equal(["The attacks were not checked."], result.Invalid);
    }

    /// <summary>
    /// The surrogate shows another pixel than the one that decides: the search without a gradient finds what the attack
    /// did not, and the module at fault is named.
    /// </summary>
    [Fact]
    public void A_surrogate_that_flatters_is_named()
    {
        using var images = FourPixels.Of(40, [0.19, 0, 0, 0], noise: 0.005);
        var flattered = new Flattered();
        flattered.eval();
        var result = RobustnessEvaluation.Run(
            flattered, images, new ThreatModel(Norm.Linf, 0.2), new Pgd { Steps = 5, RandomStart = false });
        Assert.Contains(
            result.Invalid, reason => reason.Contains("so the surrogate of Flattered leads attacks astray"));
    }

    [Fact]
    public void A_network_that_is_always_wrong_is_not_valid()
    {
        using var images = FourPixels.Of(20, [0.1, 0, 0, 0]);
        var wrong = new LabeledImages(images.Images.clone(), 1 - images.Labels, 2);
        var result = RobustnessEvaluation.Run(LinearClassifier.OfPixel(0), wrong, threat, new Pgd { Steps = 2 });
        Assert.Contains(result.Invalid, reason => reason.StartsWith("No clean image is right"));
    }

    [Fact]
    public void A_radius_that_limits_nothing_and_no_images_are_refused()
    {
        using var images = FourPixels.Of(4, [0.1, 0, 0, 0]);
        var classifier = LinearClassifier.OfPixel(0);
        var thrown = Assert.Throws<ArgumentException>(
            () => RobustnessEvaluation.Run(classifier, images, new ThreatModel(Norm.L2, 128), new Pgd()));
        Assert.Contains("255 levels", thrown.Message);
        using var none = images.Take(0);
        Assert.Throws<ArgumentException>(
            "images", () => RobustnessEvaluation.Run(classifier, none, threat, new Pgd()));
    }

    [Fact]
    public void The_process_wide_generator_is_given_back_as_it_was()
    {
        manual_seed(5);
        using var expected = rand(4);
        manual_seed(5);
        Run(new Pgd { Steps = 2 });
        using var drawn = rand(4);
        Assert.Equal(expected.data<float>().ToArray(), drawn.data<float>().ToArray());
    }

    [Fact]
    public void Progress_goes_on_while_the_attacks_are_checked()
    {
        var shares = new List<double>();
        Run(
            new Pgd { Steps = 5 },
            new EvaluationOptions { Progress = new ImmediateProgress<double>(shares.Add) });
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);
        Assert.InRange(shares.Count(share => share is > 0.5 and < 1), 10, int.MaxValue);
    }

    /// <summary>Stopped after each of its units, a run goes on where it was and ends as if undisturbed.</summary>
    [Fact]
    public void A_run_that_is_stopped_loses_no_check()
    {
        using var folder = new TemporaryFolder();
        var undisturbed = Run(new CornerAttack());
        var attack = new CornerAttack();
        RobustnessResult? result = null;
        var stops = 0;
        for (; result is null; stops++)
        {
            using var stop = new CancellationTokenSource();
            var begun = false;
            var options = new EvaluationOptions
            {
                ResultsFolder = folder.Path,
                Cancellation = stop.Token,
                Progress = new ImmediateProgress<double>(_ =>
                {
                    // The unit that this run could finish is finished when the next one reports.
                    if (begun)
                        stop.Cancel();
                    begun |= Directory.EnumerateFiles(folder.Path, "*.json").Count() > stops;
                }),
            };
            try
            {
                result = Run(attack, options);
            }
            catch (OperationCanceledException)
            {
                Assert.InRange(stops, 0, 40);
            }
        }
        Assert.InRange(stops, 3, 40);
        Assert.Equal(undisturbed.Checks, result.Checks);
        Assert.Equal(undisturbed.Survival.Lenient[1], result.Survival.Lenient[1]);
    }

    /// <summary>Breaks a few images in each run.</summary>
    sealed record Few(int Images) : IAttack
    {
        public string Name => $"Few-{Images}";

        public IReadOnlyList<Norm> Norms => [Norm.Linf];

        public AttackResult Run(
            AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
        {
            var moved = images.clone();
            using var some = images.narrow(0, 0, Images);
            using var into = moved.narrow(0, 0, Images);
            into.copy_(some + (0.5 - some).sign() * threat.Epsilon * 0.999);
            bool[] success = [.. Enumerable.Range(0, (int)images.size(0)).Select(i => i < Images)];
            return new AttackResult(moved, success, new double[success.Length], success.Length, 0);
        }
    }

    sealed class Flattered : Classifier, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => Scores(images, pixel: 0);

        public Tensor surrogate(Tensor images) => Scores(images, pixel: 3);

        static Tensor Scores(Tensor images, int pixel)
        {
            using var scope = NewDisposeScope();
            var score = images.flatten(1).select(1, pixel) - 0.5;
            return stack([score.neg(), score], 1).MoveToOuterDisposeScope();
        }
    }
}
