using Ensembles.Evaluation.Tests.Fakes;
using Ensembles.Xunit;

namespace Ensembles.Evaluation.Tests.Suites;

public sealed class ClaimTestsTests
{
    static readonly string reports = Path.Combine(AppContext.BaseDirectory, "claims-report");

    /// <summary>Members of which one scores higher than the twin and one lower, by properties of these names.</summary>
    sealed class Pair() : FakeEnsemble(
    [
        ("High", new ClaimingClassifier(0, scale: 2)), ("Low", new ClaimingClassifier(0, scale: 0.5f)),
    ])
    {
        public ClaimingClassifier? High { get; }
    }

    abstract class Suite : AblationTests<Pair>
    {
        public List<string> Said { get; } = [];

        public AblationResult Found => Result;

        public void ClaimHolds<T>(string name) where T : IStrength => AssertClaimHolds<T>(name);

        public void ClaimHolds(string name, string strength) => AssertClaimHolds(name, strength);

        public void ClaimIsMeasured<T>(string name) where T : IStrength => AssertClaimIsMeasured<T>(name);

        protected override void Say(string sentence) => Said.Add(sentence);

        protected override AblationSetup<Pair> Setup() => new()
        {
            Ensemble = new Pair(),
            Test = FourPixels.Of(60, [0.3, 0, 0, 0]),
            Threat = new(Norm.Linf, 0.2),
            Attack = new CornerAttack(),
            Undefended = new LinearClassifier(0, 1, 0, 0, 0),
        };
    }

    [MayNotShow<HighScores>("Low", "it is scaled down")]
    sealed class Claiming : Suite
    {
        protected override AblationSetup<Pair> Setup() => base.Setup() with { ReportFolder = reports };
    }

    sealed class Alone : Suite
    {
        protected override AblationSetup<Pair> Setup() => base.Setup() with { Undefended = null };
    }

    [MayNotShow<IntraClassCompactness>("Low", "a slip of the pen")]
    sealed class Misnamed : Suite;

    [Fact]
    public void A_claim_that_does_not_show_fails_with_the_numbers()
    {
        var suite = new Claiming();
        suite.ClaimHolds<HighScores>("High");

        var message = Assert.Throws<SuiteFailureException>(() => suite.ClaimHolds<HighScores>("Low")).Message;
        Assert.StartsWith("Low claims high scores, which does not show: mean score is 0.25", message);
        Assert.Contains("at least 0.5 needed (60 images)", message);
        Assert.Contains("[MayNotShow<HighScores>(\"Low\", why)]", message);
    }

    [Fact]
    public void A_claim_that_may_not_show_is_said_with_its_numbers_either_way()
    {
        var suite = new Claiming();
        suite.ClaimIsMeasured<HighScores>("Low");
        suite.ClaimIsMeasured<HighScores>("High");

        Assert.StartsWith("Low claims high scores, which does not show: 0.25", suite.Said[0]);
        Assert.EndsWith("needed (60 images).", suite.Said[0]);
        Assert.StartsWith("High claims high scores, which holds: 0.9", suite.Said[1]);
        Assert.EndsWith("after all: [MayNotShow<HighScores>(\"High\", ...)] can go.", suite.Said[1]);
    }

    [Fact]
    public void A_claim_that_may_not_show_must_be_measured()
    {
        var message = Assert.Throws<SuiteFailureException>(
            () => new Claiming().ClaimIsMeasured<Unmeasurable>("Low")).Message;
        Assert.StartsWith(
            "Low claims what cannot be measured, which could not be measured: There is no scale.\n", message);
    }

    [Fact]
    public void Strengths_that_a_suite_cannot_name_are_found_by_their_names()
    {
        new Claiming().ClaimHolds("High", nameof(HighScores));

        Assert.Contains(
            "could not be measured",
            Assert.Throws<SuiteFailureException>(() => new Claiming().ClaimHolds("High", nameof(Undefined))).Message);
        Assert.Contains(
            "High does not claim Blur",
            Assert.Throws<ArgumentException>(() => new Claiming().ClaimHolds("High", "Blur")).Message);
    }

    [Fact]
    public void The_report_shows_what_may_not_show()
    {
        Assert.Equal(
            "it is scaled down",
            new Claiming().Found.Claims.Single(claim => claim.MayNotShow is not null).MayNotShow);
        Assert.Contains("it is scaled down", File.ReadAllText(Path.Combine(reports, "report.html")));
    }

    [Fact]
    public void A_statement_about_nothing_is_refused() => Assert.Contains(
        "no component named Low that claims intra-class compactness",
        Assert.Throws<ArgumentException>(() => new Misnamed().ClaimHolds<HighScores>("High")).Message);

    [Fact]
    public void Claims_without_a_twin_ask_for_one() => Assert.Contains(
        "as Undefended",
        Assert.Throws<SuiteFailureException>(() => new Alone().ClaimHolds<HighScores>("High")).Message);
}
