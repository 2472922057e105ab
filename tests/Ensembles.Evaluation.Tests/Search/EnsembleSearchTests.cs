using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Search;

public class EnsembleSearchTests
{
    /// <summary>Margins of which the attack breaks some, by another pixel each.</summary>
    static readonly double[] margins = [0.2, 0.2, 0.2, 0.3];

    static Named<Classifier> Pixel(string name, int pixel, float scale = 4) =>
        new(name, LinearClassifier.OfPixel(pixel, scale));

    static Named<Detector> Near()
    {
        var detector = new NearnessDetector(3);
        detector.eval();
        return new("Near", detector);
    }

    static EnsembleSearch Of(params IReadOnlyList<Named<Classifier>> classifiers) => new()
    {
        Classifiers = classifiers,
        Images = FourPixels.Of(80, margins, noise: 0.2, seed: 1),
        HeldOut = FourPixels.Of(120, margins, noise: 0.2, seed: 2),
        Threat = new ThreatModel(Norm.Linf, 0.15),
        Attacks = [new CornerAttack()],
        Checks = CheckBudget.None,
        Seed = 3,
    };

    static EnsembleSearch Three() => Of(Pixel("First", 0), Pixel("Second", 1), Pixel("Third", 2));

    /// <summary>What an attack leaves of an ensemble, on the images that are chosen on.</summary>
    static double Attacked(EnsembleSearch search, params int[] pixels)
    {
        Component[] components =
            [.. pixels.Select(pixel => new Component($"{pixel}", LinearClassifier.OfPixel(pixel, 4)))];
        var all = new Components(
            components, VotingRule.From<MeanProbability>(), ones(pixels.Length) / pixels.Length, quorum: 1);
        return RobustnessEvaluation.Run(
            AttackSurface.FromComponents(() => all), "it", search.Images, search.Threat, search.Attacks,
            new EvaluationOptions { Checks = CheckBudget.None }).At(search.Threat.Epsilon).Lenient.Value;
    }

    [Fact]
    public void The_winner_is_the_one_that_attacking_every_ensemble_would_find()
    {
        var search = Three() with { Rules = [SearchedRule.From<MeanProbability>()] };
        var result = search.Run();

        Assert.Equal(4, result.Considered);
        double[] each =
        [
            Attacked(search, 0, 1), Attacked(search, 0, 2), Attacked(search, 1, 2), Attacked(search, 0, 1, 2),
        ];
        Assert.Equal(each.Max(), result.Winner.Strict.Value, 1e-12);
        Assert.True(result.Winner.Attacked);
        Assert.Equal(0, result.Open);
        Assert.Equal(Attacked(search, 0), result.Classifiers[0].Lenient.Value, 1e-12);
        // Three pixels whose noise is their own withstand more than any one of them.
        Assert.Equal(["First", "Second", "Third"], result.Winner.Ensemble.Members);
        Assert.True(result.Winner.Strict.Value > result.Classifiers.Max(one => one.Lenient.Value));
    }

    [Fact]
    public void The_winner_is_measured_on_images_that_had_no_part_in_choosing_it()
    {
        var search = Three();
        var result = search.Run();

        Assert.Equal((80, 120), (result.Images, result.HeldOut.Count));
        Assert.Equal(
            result.Winner.Strict.Value - result.HeldOut.At(0.15).Strict.Value, result.Curse, 1e-12);
        Assert.Equal(result.Others.Select(other => other.Name), result.Comparisons.Select(by => by.Classifier));
        Assert.All(result.Comparisons, by =>
        {
            Assert.Equal(result.HeldOut.At(0.15).Strict.Value, by.Robust.With.Value);
            Assert.True(by.Robust.CorrectedP >= by.Robust.P);
        });
        Assert.False(result.HeldOut.Valid); // nothing was checked
        Assert.False(result.BeatsEveryClassifier);
        Assert.Contains("nothing follows", result.Reading, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_classifiers_that_are_all_alike_none_makes_an_ensemble_that_beats_them()
    {
        var result = (Of(Pixel("First", 0), Pixel("Second", 0), Pixel("Third", 0)) with
        {
            Checks = CheckBudget.Quick,
            Attacks = [new Pgd { Steps = 5 }],
        }).Run();

        Assert.True(result.HeldOut.Valid, string.Join("; ", result.HeldOut.Invalid));
        Assert.All(result.Comparisons, by => Assert.Equal(0, by.Robust.Difference));
        Assert.False(result.BeatsEveryClassifier);
        Assert.StartsWith("By strict robust accuracy no ensemble was shown", result.Reading, StringComparison.Ordinal);
    }

    /// <summary>
    /// Two that must agree reject what fools one of them: leniently that is withstood, and a classifier alone cannot do
    /// it.
    /// </summary>
    [Fact]
    public void Rejecting_wins_a_search_only_where_it_is_asked_to_count()
    {
        var search = Of(Pixel("First", 0), Pixel("Second", 1)) with
        {
            Rules = [SearchedRule.From<MeanProbability>(), SearchedRule.All.Single(rule => rule.Name == "Quorum")],
        };
        var strict = search.Run();
        var lenient = (search with { Criterion = Criterion.Misclassified }).Run();
        Assert.Equal("MeanProbability", strict.Winner.Ensemble.Rule);
        Assert.Equal(("Quorum", 2), (lenient.Winner.Ensemble.Rule, lenient.Winner.Ensemble.Quorum));
        Assert.True(lenient.Winner.Lenient.Value > lenient.Winner.Strict.Value);
        Assert.True(strict.Winner.Strict.Value >= lenient.Winner.Strict.Value);
    }

    [Fact]
    public void The_best_classifier_is_compared_where_it_is_no_member()
    {
        // Strong alone decides by the pixel with the widest margins; with it nothing can be gained, and the floor on
        // clean accuracy keeps nobody out.
        var result = (Of(Pixel("Weak", 0), Pixel("Weaker", 1), Pixel("Strong", 3)) with
        {
            Rules = [SearchedRule.From<MeanProbability>()],
            MostMembers = 2,
        }).Run();
        Assert.Contains("Strong", result.Comparisons.Select(by => by.Classifier));
    }

    [Fact]
    public void The_best_classifier_is_the_best_by_what_is_compared_the_mean_over_draws()
    {
        var drawn = new NoisyClassifier(3, noise: 0.2);
        drawn.eval();
        var result = (Of(Pixel("First", 0), Pixel("Second", 1), new("Drawn", drawn)) with
        {
            Rules = [SearchedRule.From<Quorum>() with { Quorums = members => [members] }],
            MostMembers = 2,
            Criterion = Criterion.Misclassified,
        }).Run();

        Assert.Equal("Drawn", result.Classifiers.MaxBy(one => one.Lenient.Value)!.Ensemble.Name);
        Assert.Equal(["First", "Second"], result.Winner.Ensemble.Members);
        Assert.Equal(["First", "Second", "Drawn"], result.Comparisons.Select(by => by.Classifier));
        var other = result.Others[2];
        Assert.True(other.At(0.15).Lenient.Value < other.At(0.15).LenientMean);
        Assert.Contains(Wording.Percent(other.At(0.15).LenientMean), $"{result}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_that_draws_has_the_thresholds_of_the_seed()
    {
        var detector = new NoisyDetector(3);
        detector.eval();
        var search = Three() with
        {
            Detectors = [new("Drawn", detector)],
            ValidationImages = FourPixels.Of(200, margins, noise: 0.2, seed: 4).Images,
        };
        float Threshold(int drawnBefore)
        {
            random.manual_seed(drawnBefore);
            using var space = new SearchSpace(search);
            return space.ThresholdOf(new("Drawn", 0.05)).item<float>();
        }

        Assert.Equal(Threshold(1), Threshold(2));
    }

    [Fact]
    public void Gates_are_tried_at_every_rate_and_declared_with_it()
    {
        var search = Three() with
        {
            Detectors = [Near()],
            ValidationImages = FourPixels.Of(200, margins, noise: 0.2, seed: 4).Images,
            GateRates = [0.01, 0.1],
            Rules = [SearchedRule.From<MeanProbability>()],
            CleanFloor = 0.5,
            Criterion = Criterion.Misclassified,
        };
        var result = search.Run();

        // Seven teams, each without a gate and behind it at two rates, less the three classifiers alone.
        Assert.Equal((7 * 3) - 3, result.Considered);
        Assert.Contains(result.Attacked, of => of.Ensemble.Gates.Count == 1 && of.Coverage.Value < 1);
        Assert.All(result.Attacked, of => Assert.True(of.Clean.Value >= 0.5));
    }

    [Fact]
    public void What_is_replayed_bounds_what_an_attack_leaves()
    {
        var search = Three() with { MostAttacked = 1 };
        var (one, many) = (search.Run(), (search with { MostAttacked = 30 }).Run());
        Assert.Single(one.Attacked);
        Assert.True(many.Attacked.Count > 1);
        Assert.True(many.Winner.Strict.Value >= one.Winner.Strict.Value);
        Assert.Equal(0, many.Open);
    }

    [Fact]
    public void A_second_run_attacks_nothing_and_finds_the_same()
    {
        using var folder = new TemporaryFolder();
        var attack = new CornerAttack();
        var search = Three() with { Attacks = [attack], ResultsFolder = folder.Path };
        var first = search.Run();
        var runs = attack.Runs;
        var second = search.Run();

        Assert.Equal(runs, attack.Runs);
        Assert.Equal(first.ToString(), second.ToString());
    }

    [Fact]
    public void A_search_that_was_stopped_goes_on()
    {
        using var folder = new TemporaryFolder();
        var search = Three();
        var undisturbed = search.Run();
        var attack = new CornerAttack
        {
            Before = run =>
            {
                if (run == 4)
                    throw new OperationCanceledException();
            },
        };
        var stopped = search with { Attacks = [attack], ResultsFolder = folder.Path };
        Assert.Throws<OperationCanceledException>(() => stopped.Run());
        search = search with { ResultsFolder = folder.Path };
        Assert.Equal(undisturbed.ToString(), search.Run().ToString());
    }

    [Fact]
    public void It_is_printed_as_the_declaration_to_paste()
    {
        var search = Three() with
        {
            Detectors = [Near()],
            ValidationImages = FourPixels.Of(200, margins, noise: 0.2, seed: 4).Images,
        };
        using var space = new SearchSpace(search);
        var found = new SearchedEnsemble(["Third", "First"], "Quorum", 2, [new("Near", 0.05)]);

        Assert.Equal(
            """
            using Ensembles;
            using Ensembles.Evaluation.Tests.Fakes;

            [Ensemble<Quorum>(Quorum = 2)]
            public partial class Found
            {
                [Gate(FalsePositiveRate = 0.05)] public partial NearnessDetector Near { get; }
                [Member] public partial LinearClassifier Third { get; }
                [Member] public partial LinearClassifier First { get; }
            }

            """,
            SearchedDeclaration.Write(search, space, found),
            ignoreLineEndingDifferences: true);
        Assert.Equal("Quorum2 of Third, First behind Near at 5%", found.Name);
    }

    [Theory]
    [InlineData("class", "public partial class Found\n{\n    [Member] public partial LinearClassifier @class ")]
    [InlineData("Found", "public partial class FoundEnsemble\n{\n    [Member] public partial LinearClassifier Found ")]
    public void What_is_printed_compiles_whatever_its_members_are_called(string name, string printed)
    {
        var search = Of(Pixel(name, 0), Pixel("Other", 1));
        using var space = new SearchSpace(search);
        var text = SearchedDeclaration.Write(search, space, new SearchedEnsemble([name], "Product", 1, []));
        Assert.Contains(printed, text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_median_of_two_is_no_other_ensemble_than_their_mean()
    {
        using var space = new SearchSpace(Three());
        Assert.All(
            space.Votes.Where(vote => vote.Rule == nameof(MedianLogit)), vote => Assert.True(vote.Members.Count > 2));
        Assert.Contains(space.Votes, vote => vote.Rule == nameof(MedianLogit));
    }

    [Fact]
    public void What_makes_no_search_is_said_at_once()
    {
        void Refused(EnsembleSearch search, string because) =>
            Assert.Contains(
                because, Assert.Throws<ArgumentException>(() => search.Run()).Message, StringComparison.Ordinal);

        Refused(Of(Pixel("Alone", 0)), "one alone makes no ensemble");
        Refused(Of(Pixel("Twin", 0), Pixel("Twin", 1)), "called Twin");
        Refused(Of(Pixel("A", 0), Pixel("not-a-name", 1)), "'not-a-name'");
        Refused(Three() with { HeldOut = FourPixels.Of(10, margins, noise: 0.2, seed: 1) }, "hold out others");
        Refused(Three() with { Attacks = [] }, "without attacks");
        Refused(Three() with { CleanFloor = 1.1 }, "CleanFloor");
        Refused(Three() with { Detectors = [Near()] }, "validation images");
        Refused(Three() with { GateRates = [0.05, 0.05] }, "0.05 stands twice");
        Refused(
            Three() with { Rules = [SearchedRule.From<Quorum>(), SearchedRule.From<Quorum>()] },
            "rules are called Quorum");
        Named<Classifier>[] crowd = [.. Enumerable.Range(0, 40).Select(i => Pixel($"P{i}", i % 4))];
        Refused(Of(crowd) with { MostMembers = 40 }, "smaller MostMembers");
    }
}
