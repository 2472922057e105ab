using Ensembles.Evaluation.Tests.Fakes;
using Ensembles.Xunit;

namespace Ensembles.Evaluation.Tests.Suites;

public sealed class ControlTestsTests
{
    abstract class Suite : AblationTests<FakeEnsemble>
    {
        public List<string> Said { get; } = [];

        public void BeatsCategories() => AssertWholeBeatsSingleCategories();

        public void IsNoWeakerThanCategories() => AssertWholeIsNoWeakerThanSingleCategories();

        public void BeatsCopies() => AssertWholeBeatsCopies();

        public void BeatsUndefended(string name) => AssertMemberBeatsUndefended(name);

        public void IsNoWorseThanUndefended(string name) => AssertMemberIsNoWorseThanUndefended(name);

        public void CleanAccuracy() => AssertCleanAccuracy();

        protected override void Say(string sentence) => Said.Add(sentence);

        protected static AblationSetup<FakeEnsemble> Of(FakeEnsemble ensemble) => new()
        {
            Ensemble = ensemble,
            Test = FourPixels.Of(60, [0.3, 0.15, 0.3, 0]),
            Threat = new(Norm.Linf, 0.2),
            Attack = new CornerAttack(),
            Undefended = LinearClassifier.OfPixel(1, scale: 3),
        };
    }

    /// <summary>First holds alone, Second falls; Third is a network that hears nothing.</summary>
    sealed class Mixed : Suite
    {
        protected override AblationSetup<FakeEnsemble> Setup() => Of(new FakeEnsemble(
        [
            ("First", LinearClassifier.OfPixel(0, scale: 2)), ("Second", LinearClassifier.OfPixel(1)),
            ("Third", LinearClassifier.OfPixel(3, scale: 0)),
        ])
        {
            Category = name => name == "First" ? Category.FeatureSeparation : Category.NonRobustFeatures,
        }) with
        {
            CleanAccuracyFloor = 1,
        };
    }

    /// <summary>Decides by a pixel that says nothing, and so do its copies.</summary>
    sealed class Blind : Suite
    {
        protected override AblationSetup<FakeEnsemble> Setup() => Of(new FakeEnsemble(
        [
            ("First", LinearClassifier.OfPixel(3)), ("Second", LinearClassifier.OfPixel(3)),
        ])) with
        {
            Copies = new TrainedCopies("Second", [LinearClassifier.OfPixel(0), LinearClassifier.OfPixel(2)]),
            CleanAccuracyFloor = 0.9,
            Undefended = null,
        };
    }

    [Fact]
    public void A_whole_beats_a_category_that_falls_and_not_a_member_that_holds_by_itself()
    {
        new Mixed().BeatsCategories();
        new Mixed().CleanAccuracy();

        var message = Assert.Throws<SuiteFailureException>(new Mixed().BeatsCopies).Message;
        Assert.Contains("Fake does not beat as many copies of First: lenient robust accuracy 100.0%", message);
        Assert.Contains("100.0% [94.0, 100.0] of as many copies of First", message);
        Assert.Contains("With 60 images only a difference of", message);
        Assert.Contains("No difference was measured at all.", message);
        Assert.EndsWith("Again: dotnet test --filter FullyQualifiedName~Mixed.BeatsCopies", message);
    }

    [Fact]
    public void A_member_is_compared_with_an_undefended_network_in_its_place()
    {
        var suite = new Mixed();
        suite.BeatsUndefended("First");
        suite.IsNoWorseThanUndefended("Second");

        Assert.StartsWith(
            "Second: lenient robust accuracy 100.0% [94.0, 100.0] as a whole, ", Assert.Single(suite.Said));
        Assert.Contains("of it with an undefended network in place of Second", suite.Said[0]);
        var message = Assert.Throws<ArgumentException>(() => suite.BeatsUndefended("Nobody")).Message;
        Assert.Contains("no component named Nobody", message);
        Assert.Contains(
            "as Undefended",
            Assert.Throws<SuiteFailureException>(() => new Blind().BeatsUndefended("First")).Message);
    }

    [Fact]
    public void Copies_from_other_seeds_count_where_the_setup_gives_some()
    {
        var message = Assert.Throws<SuiteFailureException>(new Blind().BeatsCopies).Message;

        Assert.Contains("Fake does not beat as many copies of Second", message);
        Assert.Contains("100.0% [94.0, 100.0] of as many copies of Second", message);
    }

    [Fact]
    public void Clean_accuracy_below_its_floor_fails_with_both_figures()
    {
        var message = Assert.Throws<SuiteFailureException>(new Blind().CleanAccuracy).Message;

        Assert.Contains("Fake is right on ", message);
        Assert.Contains("and is to be right on 90.0%", message);
    }
}
