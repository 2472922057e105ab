using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using Ensembles.Xunit;

namespace Ensembles.Evaluation.Tests.Suites;

public sealed class AblationTestsTests
{
    static readonly string reports = Path.Combine(AppContext.BaseDirectory, "suite-report");

    /// <summary>What a user writes, with the assertions the generated half would call in the open.</summary>
    abstract class Suite : AblationTests<FakeEnsemble>
    {
        public void Adds(string name) => AssertMemberAdds(name);

        public void DoesNotSubtract(string name) => AssertMemberDoesNotSubtract(name);

        public void GateKeepsItsRate(string name) => AssertGateKeepsItsRate(name);

        public void WholeBeatsBestMember() => AssertWholeBeatsBestMember();

        public void WholeIsNoWeakerThanBestMember() => AssertWholeIsNoWeakerThanBestMember();

        public void AttackIsSane() => AssertAttackIsSane();

        public AblationResult Found => Result;

        protected static AblationSetup<FakeEnsemble> Of(
            double[] margins, float threshold = 10f, int validation = 100) => new()
        {
            Ensemble = new FakeEnsemble(
                [
                    ("Robust", LinearClassifier.OfPixel(0)),
                    ("Null", LinearClassifier.OfPixel(2, scale: 0)),
                    ("Fragile", LinearClassifier.OfPixel(1, scale: 1.5f)),
                ],
                [("Gate", new NearnessDetector(3), threshold)]),
            Validation = FourPixels.Of(validation, margins, seed: 9),
            Test = FourPixels.Of(60, margins),
            Threat = new ThreatModel(Norm.Linf, 0.2),
            Attack = new CornerAttack(),
        };
    }

    [MayAddNothing("Null", "it is here to be a null player")]
    sealed class Decisive : Suite
    {
        public static int SetUp;

        protected override AblationSetup<FakeEnsemble> Setup()
        {
            Interlocked.Increment(ref SetUp);
            return Of([0.3, 0.15, 0, 0]) with { ReportFolder = reports, EvidenceFolder = reports };
        }
    }

    sealed class Misled : Suite
    {
        // The gate's scores of clean images spread from -0.01 to 0: this threshold rejects about half of them.
        protected override AblationSetup<FakeEnsemble> Setup() => Of([0.3, 0.05, 0, 0], threshold: -0.005f);
    }

    sealed class Broken : Suite
    {
        public static int SetUp;

        protected override AblationSetup<FakeEnsemble> Setup()
        {
            SetUp++;
            throw new InvalidDataException("weights.safetensors is cut short");
        }
    }

    [MayAddNothing("Nobody", "a slip of the pen")]
    sealed class Misnamed : Suite
    {
        protected override AblationSetup<FakeEnsemble> Setup() => Of([0.3, 0.15, 0, 0]);
    }

    [Fact]
    public void The_study_runs_once_for_all_tests_of_a_suite()
    {
        Parallel.For(0, 8, _ => new Decisive().Adds("Robust"));
        new Decisive().DoesNotSubtract("Null");
        new Decisive().GateKeepsItsRate("Gate");
        new Decisive().AttackIsSane();

        Assert.Equal(1, Decisive.SetUp);
        Assert.Equal(
            "it is here to be a null player",
            new Decisive().Found.Contributions.Single(c => c.Component == "Null").MayAddNothing);
    }

    [Fact]
    public void The_report_shows_what_may_add_nothing()
    {
        new Decisive().AttackIsSane();

        var report = ReportJson.Read(Path.Combine(reports, "report.json"));
        Assert.Equal("Fake, suite Decisive", report.Title);
        Assert.Contains("it is here to be a null player", File.ReadAllText(Path.Combine(reports, "report.html")));
    }

    [Fact]
    public void What_was_found_is_written_for_the_editor()
    {
        new Decisive().AttackIsSane();

        var evidence = File.ReadAllText(Path.Combine(reports, "Fake.evidence.json"));
        Assert.Contains(
            "{ \"name\": \"Null\", \"says\": \"adds nothing that shows: 100.0% robust with it, 100.0% without\" }",
            evidence);
        Assert.Contains("\"60 images, Corners at Linf 0.2, 20", evidence);
        Assert.Contains("MeanLogit, quorum 1: member Robust LinearClassifier 1; ", evidence);
    }

    [Fact]
    public void A_member_that_adds_nothing_fails_with_the_numbers()
    {
        var message = Assert.Throws<SuiteFailureException>(() => new Decisive().Adds("Null")).Message;

        Assert.Contains("Null does not add to Fake", message);
        Assert.Contains(
            "lenient robust accuracy 100.0% [94.0, 100.0] as a whole, 100.0% [94.0, 100.0] without Null", message);
        Assert.Contains("difference 0.0 points [", message);
        Assert.Contains("0 images survive only as a whole, 0 only without Null", message);
        Assert.Contains("p = 1.0000, after Holm 1.0000", message);
        Assert.Contains("Corners at Linf 0.2, 60 images", message);
        Assert.Contains("[MayAddNothing(\"Null\", why)]", message);
    }

    [Fact]
    public void A_member_that_subtracts_fails_either_way()
    {
        new Misled().DoesNotSubtract("Robust");

        Assert.Throws<SuiteFailureException>(() => new Misled().Adds("Fragile"));
        var message = Assert.Throws<SuiteFailureException>(() => new Misled().DoesNotSubtract("Fragile")).Message;
        Assert.Contains("Fragile makes Fake weaker", message);
        Assert.Contains("0 images survive only as a whole", message);
    }

    [Fact]
    public void A_whole_no_better_than_its_best_member_fails_with_both_figures()
    {
        var message = Assert.Throws<SuiteFailureException>(() => new Decisive().WholeBeatsBestMember()).Message;

        Assert.Contains(
            "Fake does not beat its best member Robust: lenient robust accuracy 100.0% [94.0, 100.0] as a whole, "
            + "100.0% [94.0, 100.0] the member alone",
            message);
    }

    [Fact]
    public void A_whole_that_may_add_nothing_fails_where_a_member_alone_is_better()
    {
        new Decisive().WholeIsNoWeakerThanBestMember();

        var message = Assert.Throws<SuiteFailureException>(
            () => new Misled().WholeIsNoWeakerThanBestMember()).Message;
        Assert.Contains("Fake is weaker than its best member Robust alone", message);
        Assert.Contains("Fake withstands less than Robust alone", new Misled().Found.ToString());
        Assert.Contains("0 images survive only as a whole", message);
    }

    [Fact]
    public void A_gate_that_rejects_too_much_fails_with_its_counts()
    {
        var message = Assert.Throws<SuiteFailureException>(() => new Misled().GateKeepsItsRate("Gate")).Message;

        Assert.Contains("Gate is declared to reject 5% of clean images and rejects ", message);
        Assert.Contains(" of 60 test images", message);
        Assert.Contains("calibrated on 100 validation images", message);
    }

    [Fact]
    public void A_setup_that_fails_fails_every_test_with_its_reason()
    {
        Action<Suite>[] tests =
        [
            suite => suite.Adds("Robust"),
            suite => suite.AttackIsSane(),
            suite => suite.WholeBeatsBestMember(),
        ];

        Assert.All(
            tests,
            test => Assert.Equal(
                "weights.safetensors is cut short",
                Assert.Throws<InvalidDataException>(() => test(new Broken())).Message));
        Assert.Equal(1, Broken.SetUp);
    }

    [Fact]
    public void A_name_that_is_no_components_is_refused()
    {
        Assert.Contains(
            "no component named Nobody", Assert.Throws<ArgumentException>(() => new Decisive().Adds("Nobody")).Message);
        Assert.Contains(
            "no component named Nobody", Assert.Throws<ArgumentException>(() => new Misnamed().Adds("Robust")).Message);
    }
}
