using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Subsets;

public class SubsetTests
{
    static AblationResult Study(FakeEnsemble ensemble, LabeledImages images, string? folder = null) =>
        new AblationStudy
        {
            Ensemble = ensemble,
            Images = images,
            ValidationImages = full(100, 1, 2, 2, 0.5f),
            Threat = new ThreatModel(Norm.Linf, 0.2),
            Epsilons = [0.1],
            Attacks = [new CornerAttack()],
            Checks = CheckBudget.None,
            Seed = 5,
            ResultsFolder = folder,
        }.Run();

    static FakeEnsemble Ensemble(params (string, Classifier)[] more) => new(
        [
            ("Robust", LinearClassifier.OfPixel(0)),
            ("Null", LinearClassifier.OfPixel(2, scale: 0)),
            ("Fragile", LinearClassifier.OfPixel(1, scale: 1.5f)),
            .. more,
        ],
        [("Gate", new NearnessDetector(3), -0.2f)]);

    /// <summary>Margins that the attack breaks on some images and not on others.</summary>
    static LabeledImages Images() => FourPixels.Of(60, [0.2, 0.15, 0, 0.3], noise: 0.15);

    [Fact]
    public void Replayed_subsets_survive_what_the_study_says_of_those_that_it_attacked()
    {
        using var images = Images();
        using var ensemble = Ensemble();
        var result = Study(ensemble, images);

        var subsets = result.Subsets!;
        Assert.Equal(["Robust", "Null", "Fragile", "Gate"], subsets.Components);
        Assert.Equal((14, 1), (subsets.Subsets.Count, subsets.Draws));
        ReplayedSubset Of(params string[] names) =>
            subsets.Subsets.Single(subset => subset.Components.ToHashSet().SetEquals(names));
        void Same(RobustnessResult expected, ReplayedSubset actual)
        {
            var at = expected.At(0.2);
            Assert.Equal(expected.Clean, actual.Clean);
            Assert.Equal(expected.Coverage, actual.Coverage);
            Assert.Equal((at.Lenient, at.Strict), (actual.Lenient, actual.Strict));
        }

        Same(result.Whole, subsets.Whole);
        foreach (var member in result.Members)
            Same(member, Of(member.Name));
        Same(result.Reduced[0], Of("Null", "Fragile", "Gate"));
        Same(result.Reduced[3], Of("Robust", "Null", "Fragile"));
        Assert.InRange(subsets.Whole.Lenient.Value, 0.05, 0.95);
        Assert.True(subsets.Whole.Coverage.Value < 1);
    }

    /// <summary>Of four members two are left out, and the others keep their weights to each other.</summary>
    [Fact]
    public void Subsets_of_a_weighted_vote_decide_by_the_weights_of_those_that_are_left()
    {
        using var images = FourPixels.Of(60, [0.1, -0.05, 0.05, 0], noise: 0.1);
        var weights = new Dictionary<string, float> { ["A"] = 1, ["B"] = 4, ["C"] = 2, ["D"] = 1 };
        FakeEnsemble Of(params string[] names) => new(
            [.. names.Select(name => (name, (Classifier)LinearClassifier.OfPixel(name[0] - 'A', scale: 3)))])
        {
            Rule = VotingRule.From<WeightedMean>(),
            Weight = name => weights[name],
        };
        using var all = Of("A", "B", "C", "D");
        var subsets = Study(all, images).Subsets!.Subsets.ToDictionary(subset => string.Concat(subset.Components));

        foreach (var pair in new[] { "AB", "AC", "AD", "BC", "BD", "CD" })
        {
            using var two = Of($"{pair[0]}", $"{pair[1]}");
            using var decision = two.forward(images.Images);
            using var right = decision.Labels.eq(images.Labels).sum();
            Assert.Equal(right.item<long>() / 60.0, subsets[pair].Clean.Value, 1e-9);
        }

        Assert.NotEqual(subsets["AB"].Clean, subsets["AC"].Clean);
    }

    [Fact]
    public void Shares_add_up_and_a_null_player_has_none()
    {
        using var images = Images();
        using var ensemble = Ensemble();
        var subsets = Study(ensemble, images).Subsets!;

        Assert.Equal(subsets.Whole.Lenient.Value, subsets.Shares.Sum(share => share.Share.Value), 1e-12);
        var shares = subsets.Shares.ToDictionary(share => share.Component, share => share.Share);
        Assert.True(shares["Robust"].Low > 0);
        // Alone it is right on those of class 0, and beside any other it changes nothing.
        var alone = subsets.Subsets.Single(subset => subset.Components is ["Null"]).Lenient.Value;
        Assert.True(shares["Null"].Value <= alone / 2);
        Assert.Equal(6, subsets.Pairs.Count);
    }

    [Fact]
    public void Draws_of_a_randomised_member_are_replayed_with_it()
    {
        using var images = Images();
        using var ensemble = Ensemble(("Noisy", new NoisyClassifier(1, noise: 0.1)));
        var subsets = Study(ensemble, images).Subsets!;

        Assert.Equal(4, subsets.Draws);
        var noisy = subsets.Subsets.Single(subset => subset.Components is ["Noisy"]);
        Assert.Contains(
            noisy.Clean.Value * images.Count * subsets.Draws,
            Enumerable.Range(1, (images.Count * subsets.Draws) - 1).Select(i => (double)i));
        Assert.True(noisy.Lenient.Value < noisy.Clean.Value);
    }

    [Fact]
    public void They_are_kept_with_the_study()
    {
        using var folder = new TemporaryFolder();
        using var images = Images();
        using var ensemble = Ensemble();
        var first = Study(ensemble, images, folder.Path).Subsets!;
        var path = Path.Combine(folder.Path, "subsets.json");
        var written = File.GetLastWriteTimeUtc(path);

        Assert.Equal(first.Shares, Study(ensemble, images, folder.Path).Subsets!.Shares);
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public void One_component_has_no_subsets()
    {
        using var images = Images();
        using var ensemble = new FakeEnsemble([("Alone", LinearClassifier.OfPixel(0))]);
        Assert.Null(Study(ensemble, images).Subsets);
    }
}
