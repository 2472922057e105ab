using System.Text.Json;
using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Ablation;

public class AblationStudyTests
{
    /// <summary>
    /// Pixel 0 carries a margin of 0.3 beyond reach; pixel 1 one of 0.05, so that a member heavy on it misleads the
    /// vote.
    /// </summary>
    static FakeEnsemble Ensemble() => new(
        members:
        [
            ("Robust", LinearClassifier.OfPixel(0)),
            ("Null", LinearClassifier.OfPixel(2, scale: 0)),
            ("Fragile", LinearClassifier.OfPixel(1, scale: 1.5f)),
        ],
        gates: [("Idle", new NearnessDetector(3), 10f)]);

    static AblationStudy Study(FakeEnsemble ensemble, LabeledImages images, double epsilon = 0.2) => new()
    {
        Ensemble = ensemble,
        Images = images,
        ValidationImages = full(100, 1, 2, 2, 0.5f),
        Threat = new ThreatModel(Norm.Linf, epsilon),
        Attacks = [new CornerAttack()],
        Seed = 5,
    };

    static AblationResult Run(double[] margins, double epsilon = 0.2)
    {
        using var ensemble = Ensemble();
        using var images = FourPixels.Of(60, margins);
        return Study(ensemble, images, epsilon).Run();
    }

    [Fact]
    public void A_decisive_member_adds_and_a_null_player_does_not()
    {
        // 0.3 - 0.2 + 1.5 (0.15 - 0.2) > 0: the whole survives, Fragile alone does not.
        var result = Run([0.3, 0.15, 0, 0]);

        Assert.Equal(1, result.Whole.At(0.2).Lenient.Value);
        var verdicts = result.Contributions.ToDictionary(c => c.Component, c => c.Verdict);
        Assert.Equal(Verdict.Adds, verdicts["Robust"]);
        Assert.Equal(Verdict.NoMeasurableEffect, verdicts["Null"]);
        Assert.Equal(Verdict.NoMeasurableEffect, verdicts["Idle"]);

        var robust = result.Contributions[0];
        Assert.Equal(("Robust", "member"), (robust.Component, robust.Role));
        Assert.Equal((60, 0), (robust.Lenient.OnlyWith, robust.Lenient.OnlyWithout));
        Assert.Equal(1, robust.Lenient.Difference);
        Assert.InRange(robust.Lenient.CorrectedP, 0, 1e-15);
        var zero = result.Contributions[1].Lenient;
        Assert.Equal((0, 0, 1.0), (zero.OnlyWith, zero.OnlyWithout, zero.CorrectedP));
        Assert.InRange(zero.High, 0.001, 0.1);
        Assert.Equal("gate", result.Contributions[3].Role);
    }

    [Fact]
    public void A_member_that_misleads_the_vote_subtracts()
    {
        // 0.3 - 0.2 + 1.5 (0.05 - 0.2) < 0: without Fragile everything survives.
        var fragile = Run([0.3, 0.05, 0, 0]).Contributions.Single(c => c.Component == "Fragile");

        Assert.Equal(Verdict.Subtracts, fragile.Verdict);
        Assert.Equal(-1, fragile.Lenient.Difference);
        Assert.Equal("subtracts 100.0 points", fragile.Words);
    }

    [Fact]
    public void Replaying_the_wholes_images_is_kinder_than_attacking_anew()
    {
        // Nothing misleads the whole, and the images the attack ended with (all pixels darker) mislead Fragile on class
        // 1 alone.
        var result = Run([0.3, 0.15, 0, 0]);

        var robust = result.Contributions[0];
        Assert.Equal(0, robust.Lenient.Without.Value);
        Assert.Equal(0.5, robust.ReplayedLenient.Value);
        Assert.All(result.Contributions, c => Assert.True(c.ReplayedLenient.Value >= c.Lenient.Without.Value));
    }

    [Fact]
    public void The_whole_beats_its_best_member_only_where_it_does()
    {
        Assert.False(Run([0.3, 0.15, 0, 0]).BeatsBestMember);
        Assert.Equal("Robust", Run([0.3, 0.15, 0, 0]).BestMember.Member);

        // Each pixel alone falls short of 0.2 on half of the images; together they do not.
        using var left = FourPixels.Of(30, [0.4, 0.1, 0, 0]);
        using var right = FourPixels.Of(30, [0.1, 0.4, 0, 0]);
        using var images = new LabeledImages(
            TorchSharp.torch.cat([left.Images, right.Images]), TorchSharp.torch.cat([left.Labels, right.Labels]), 2);
        using var ensemble = new FakeEnsemble([("A", LinearClassifier.OfPixel(0)), ("B", LinearClassifier.OfPixel(1))]);
        var result = Study(ensemble, images).Run();

        Assert.Equal(1, result.Whole.At(0.2).Lenient.Value);
        Assert.Equal(0.5, result.BestMember.Lenient.Without.Value);
        Assert.True(result.BeatsBestMember);
    }

    [Fact]
    public void An_undefended_classifier_is_measured_beside_them_and_its_images_are_judged_on_all()
    {
        using var ensemble = new FakeEnsemble(
            [("A", LinearClassifier.OfPixel(0)), ("B", LinearClassifier.OfPixel(0, scale: 0.5f))]);
        using var images = FourPixels.Of(40, [0.1, 0, 0, 0]);
        var idleOnEnsembles = new WeakOnWhole(new CornerAttack());

        var study = Study(ensemble, images) with
        {
            Attacks = [idleOnEnsembles],
            Undefended = LinearClassifier.OfPixel(0),
        };
        var result = study.Run();

        Assert.Equal("Undefended", result.Undefended!.Name);
        Assert.Equal(0, result.Undefended.At(0.2).Lenient.Value);
        Assert.Contains(result.Defenses, defense => defense.Name == "Undefended");
        Assert.Null(Study(ensemble, images).Run().Undefended);
    }

    [Fact]
    public void Curves_fall_with_the_radius_and_agree_with_the_margins()
    {
        using var ensemble = Ensemble();
        using var images = FourPixels.Of(60, [0.2, 0.1, 0, 0], noise: 0.1);
        var result = (Study(ensemble, images) with { Epsilons = [0.05, 0.1, 0.3, 0.2] }).Run();

        Assert.Equal([0, 0.05, 0.1, 0.2, 0.3], result.Whole.Accuracies.Select(a => a.Epsilon));
        var margins = (images.Images.flatten(1).select(1, 0) - 0.5).abs().data<float>().ToArray();
        var robust = result.Members[0];
        foreach (var epsilon in robust.Survival.Epsilons.Skip(1))
            Assert.Equal(margins.Count(margin => margin > epsilon) / 60.0, robust.At(epsilon).Lenient.Value, 1e-9);
        Assert.All(
            result.Defenses,
            defense => Assert.Equal(
                defense.Accuracies.Select(a => a.Lenient.Value).OrderDescending(),
                defense.Accuracies.Select(a => a.Lenient.Value)));
        // Only images whose fate is open are attacked: those that fell at 0.2 stand open at 0.1, those that stood do at
        // 0.3.
        var attacked = robust.Attacks.ToDictionary(a => a.Epsilon, a => a.Attacked);
        Assert.Equal(60, attacked[0.2]);
        Assert.Equal(margins.Count(margin => margin <= 0.2), attacked[0.1]);
        Assert.Equal(margins.Count(margin => margin > 0.2), attacked[0.3]);
    }

    [Fact]
    public void Attacks_on_several_members_begin_at_what_broke_one()
    {
        using var ensemble = Ensemble();
        using var images = FourPixels.Of(20, [0.3, 0.15, 0, 0]);
        var attack = new NotingAttack();
        (Study(ensemble, images) with { Attacks = [attack] }).Run();

        // The checks of the attack are made without knowledge, at another radius.
        var joint = attack.Runs.Where(run => run.Members > 1 && run.Epsilon == 0.2).ToArray();
        var alone = attack.Runs.Where(run => run.Members == 1).ToArray();
        Assert.All(attack.Runs.Take(3), run => Assert.Equal(1, run.Members));
        Assert.All(joint, run => Assert.Equal(3, run.Starts.Length));
        Assert.All(alone, run => Assert.Empty(run.Starts));
        // What was found against a member, for each image in its place; the clean image where the member was not
        // attacked.
        Assert.All(joint, run => Assert.All(run.Starts, start => Assert.True(start <= 0.2 + 1e-6)));
        Assert.All(joint, run => Assert.Contains(run.Starts, start => start > 0.19));
    }

    /// <summary>
    /// What <see cref="CornerAttack"/> finds; notes how far the images it is given lie from the clean ones.
    /// </summary>
    sealed class NotingAttack : IAttack
    {
        // A field: properties are the attack's hyperparameters.
        public readonly List<(int Members, double Epsilon, double[] Starts)> Runs = [];

        public string Name => "Noting";

        public IReadOnlyList<Norm> Norms => [Norm.Linf];

        public AttackResult Run(
            AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
        {
            double Distance(Tensor start) => (start - images).abs().max().item<float>();
            Runs.Add((surface.Members.Count, threat.Epsilon, [.. options.StartingImages.Select(Distance)]));
            return new CornerAttack().Run(surface, images, labels, threat, options);
        }
    }

    [Fact]
    public void Images_found_against_one_defense_are_judged_on_all()
    {
        // The attack on the whole tries one corner and finds nothing there for class 0; attacked members hand it
        // theirs.
        using var ensemble = new FakeEnsemble(
            [("A", LinearClassifier.OfPixel(0)), ("B", LinearClassifier.OfPixel(0, scale: 0.5f))]);
        using var images = FourPixels.Of(40, [0.1, 0, 0, 0]);
        var up = new MoveAttack("up", (x, threat) => x + 0.999 * threat.Epsilon);
        var attackOfMembersOnly = new WeakOnWhole(new CornerAttack());

        var weak = (Study(ensemble, images) with { Attacks = [attackOfMembersOnly] }).Run();

        Assert.Equal(0, weak.Whole.At(0.2).Lenient.Value);
        Assert.False(weak.Valid);
        Assert.Contains(
            weak.Invalid, reason => reason.Contains("100.0% under its own attack, 0.0% with all replayed images"));
        Assert.Equal(
            0, (Study(ensemble, images) with { Attacks = [up, new CornerAttack()] }).Run().Whole.At(0.2).Lenient.Value);
    }

    [Fact]
    public void An_interrupted_study_resumes_where_it_was_and_ends_as_if_it_had_not_been()
    {
        using var folder = new TemporaryFolder();
        using var ensemble = Ensemble();
        using var images = FourPixels.Of(30, [0.3, 0.12, 0, 0], noise: 0.1);
        var study = Study(ensemble, images) with { Epsilons = [0.1, 0.3] };
        var uninterrupted = new CornerAttack();
        var expected = (study with { Attacks = [uninterrupted] }).Run();

        var killed = new CornerAttack { Before = runs => { if (runs == 7) throw new OperationCanceledException(); } };
        Assert.Throws<OperationCanceledException>(
            () => (study with { Attacks = [killed], ResultsFolder = folder.Path }).Run());
        var resumed = new CornerAttack();
        var result = (study with { Attacks = [resumed], ResultsFolder = folder.Path }).Run();

        AssertSame(expected, result);
        // The unit that was interrupted starts again; it may have finished one of its two objectives.
        Assert.InRange(resumed.Runs, uninterrupted.Runs - 7, uninterrupted.Runs - 6);

        var third = new CornerAttack();
        AssertSame(expected, (study with { Attacks = [third], ResultsFolder = folder.Path }).Run());
        Assert.Equal(0, third.Runs);
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*.tmp"));
    }

    [Fact]
    public void Stored_results_of_another_model_seed_or_budget_are_not_taken()
    {
        using var folder = new TemporaryFolder();
        using var ensemble = Ensemble();
        using var retrained = new FakeEnsemble(
            [
                ("Robust", LinearClassifier.OfPixel(0, scale: 1.01f)),
                ("Null", LinearClassifier.OfPixel(2, scale: 0)),
                ("Fragile", LinearClassifier.OfPixel(1, scale: 1.5f)),
            ],
            [("Idle", new NearnessDetector(3), 10f)]);
        using var images = FourPixels.Of(20, [0.3, 0.15, 0, 0]);
        using var others = FourPixels.Of(20, [0.3, 0.15, 0, 0], seed: 2);
        var study = Study(ensemble, images) with { ResultsFolder = folder.Path };

        int Runs(AblationStudy changed, int corners = 16)
        {
            var attack = new CornerAttack { Corners = corners };
            (changed with { Attacks = [attack] }).Run();
            return attack.Runs;
        }

        var all = Runs(study);
        Assert.Equal(0, Runs(study));
        Assert.Equal(all, Runs(study with { Seed = 6 }));
        Assert.Equal(all, Runs(study with { Images = others }));
        Assert.InRange(Runs(study, corners: 8), all, 2 * all);
        Runs(study);
        // What Robust has no part in is the same as before: Null alone, Fragile alone, the ensemble without Robust.
        Assert.Equal(all - 3, Runs(study with { Ensemble = retrained }));
    }

    [Fact]
    public void A_damaged_unit_is_computed_again()
    {
        using var folder = new TemporaryFolder();
        using var ensemble = Ensemble();
        using var images = FourPixels.Of(20, [0.3, 0.12, 0, 0]);
        var study = Study(ensemble, images) with { ResultsFolder = folder.Path };
        var expected = study.Run();

        File.WriteAllText(Directory.EnumerateFiles(folder.Path, "whole-Linf-0*.json").First(), "{ half a");
        foreach (var tensors in Directory.EnumerateFiles(folder.Path, "member-Robust*.safetensors"))
            File.WriteAllBytes(tensors, File.ReadAllBytes(tensors)[..^5]);
        var attack = new CornerAttack();
        AssertSame(expected, (study with { Attacks = [attack] }).Run());
        Assert.InRange(attack.Runs, 2, 4);
    }

    [Fact]
    public void Progress_ends_at_one_and_never_falls()
    {
        using var ensemble = Ensemble();
        using var images = FourPixels.Of(10, [0.3, 0.12, 0, 0]);
        var shares = new Shares();

        Study(ensemble, images).Run(shares);

        Assert.Equal(shares.Values.Order(), shares.Values);
        Assert.Equal(1, shares.Values[^1], 1e-12);
    }

    [Fact]
    public void What_cannot_be_studied_is_said()
    {
        using var ensemble = Ensemble();
        using var images = FourPixels.Of(10, [0.3, 0.12, 0, 0]);
        var study = Study(ensemble, images);

        Assert.Contains(
            "at least one", Assert.Throws<ArgumentException>(() => (study with { Attacks = [] }).Run()).Message);
        Assert.Contains(
            "calibrated on",
            Assert.Throws<ArgumentException>(() => (study with { ValidationImages = null }).Run()).Message);
        Assert.Contains(
            "10 of the 10 test images",
            Assert.Throws<ArgumentException>(() => (study with { ValidationImages = images.Images }).Run()).Message);
        Assert.Contains(
            "positive", Assert.Throws<ArgumentException>(() => (study with { Epsilons = [0] }).Run()).Message);
        var nobody = study with { MayAddNothing = new Dictionary<string, string> { ["Nobody"] = "" } };
        Assert.Contains("no component named Nobody", Assert.Throws<ArgumentException>(() => nobody.Run()).Message);
    }

    static void AssertSame(AblationResult expected, AblationResult actual)
    {
        static string Text(AblationResult result)
        {
            RobustnessResult Timeless(RobustnessResult defense) =>
                defense with { Attacks = [.. defense.Attacks.Select(a => a with { Seconds = 0 })] };
            return JsonSerializer.Serialize(result with
            {
                Whole = Timeless(result.Whole),
                Members = [.. result.Members.Select(Timeless)],
                Reduced = [.. result.Reduced.Select(Timeless)],
            });
        }
        Assert.Equal(Text(expected), Text(actual));
    }

    sealed class Shares : IProgress<StudyProgress>
    {
        public List<double> Values { get; } = [];

        public void Report(StudyProgress value) => Values.Add(value.Share);
    }

    /// <summary>Strong against one member, idle against more.</summary>
    sealed class WeakOnWhole(IAttack strong) : IAttack
    {
        public string Name => "weak";

        public IReadOnlyList<Norm> Norms => strong.Norms;

        public AttackResult Run(
            AttackSurface surface,
            TorchSharp.torch.Tensor images,
            TorchSharp.torch.Tensor labels,
            ThreatModel threat,
            AttackOptions options) =>
            surface.Members.Count == 1
                ? strong.Run(surface, images, labels, threat, options)
                : new AttackResult(images.clone(), new bool[images.size(0)], new double[images.size(0)], 0, 0);
    }
}
