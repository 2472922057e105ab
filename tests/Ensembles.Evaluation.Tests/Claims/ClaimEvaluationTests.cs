using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Claims;

public class ClaimEvaluationTests
{
    static readonly LinearClassifier twin = new(0, 1, 0, 0, 0);

    static MeasuredClaim Measure(Classifier defense, LabeledImages images) =>
        ClaimEvaluation.Run(defense, twin, images)[0];

    /// <summary>The values of pixel 0, two classes in turn.</summary>
    static LabeledImages Images(params float[] values)
    {
        var all = tensor(values).view(-1, 1, 1, 1).expand(-1, 1, 2, 2).contiguous();
        return new LabeledImages(all, arange(values.Length, dtype: ScalarType.Int64) % 2, classCount: 2);
    }

    [Fact]
    public void The_interval_is_that_of_the_jackknife_without_each_fifth()
    {
        // Sorted by class, each run of five holds one image of each fifth: the k-th fifth has the value k / 10 alone.
        float[] values = [.. Enumerable.Range(0, 20).Select(i => i / 2 % 5 / 10f)];
        using var images = Images(values);
        using var defense = new ClaimingClassifier(0, scale: 3);

        var claim = Measure(defense, images);

        // Means without fifth k: 3 (1 - k/10) / 4, k = 0..4, whose squared deviations sum to 9 (0.1) / 16.
        var half = 2.7764451051977987 * Math.Sqrt(4.0 / 5 * 9 * 0.1 / 16);
        Assert.Equal(0.6, claim.Defense!.Value, 1e-6);
        Assert.Equal(0.6 - half, claim.Defense.Low!.Value, 1e-6);
        Assert.Equal(0.6 + half, claim.Defense.High!.Value, 1e-6);
        Assert.Equal(0.2, claim.Twin!.Value, 1e-6);
        Assert.Equal((ClaimVerdict.Holds, 5, 5), (claim.Verdict, claim.Parts, claim.ShowsOnParts));
        Assert.Equal(("ClaimingClassifier", "high scores"), (claim.Component, claim.Strength));
        Assert.EndsWith("undefended 0.2 [0.004, 0.396], at least 0.2 needed", claim.Reading);
    }

    [Fact]
    public void What_shows_on_some_parts_alone_is_undecided()
    {
        // 2 x - 0.15 > x where the mean of x is above 0.15, which it is not without the last fifth: 0.8 / 4 - 0.05.
        float[] values = [.. Enumerable.Range(0, 20).Select(i => i / 2 % 5 == 4 ? 0.5f : 0.1f)];
        using var images = Images(values);
        using var defense = new ClaimingClassifier(0, scale: 2, bias: -0.15f);

        var claim = Measure(defense, images);

        Assert.Equal((ClaimVerdict.Undecided, 4), (claim.Verdict, claim.ShowsOnParts));
        Assert.StartsWith("undecided: shows, but on 4 of 5 parts", claim.Reading);
    }

    [Fact]
    public void A_claim_that_fails_says_by_how_much()
    {
        using var images = Images([.. Enumerable.Repeat(0.5f, 20)]);
        using var defense = new ClaimingClassifier(0, scale: 0.5f);

        var claim = Measure(defense, images);

        Assert.Equal(ClaimVerdict.Fails, claim.Verdict);
        Assert.Equal("does not show: 0.25 [0.25, 0.25], undefended 0.5 [0.5, 0.5], at least 0.5 needed", claim.Reading);
    }

    [Fact]
    public void Few_images_give_no_interval()
    {
        using var images = Images([.. Enumerable.Repeat(0.5f, 19)]);
        using var defense = new ClaimingClassifier(0, scale: 2);

        var claim = Measure(defense, images);

        Assert.Equal((ClaimVerdict.Holds, 0), (claim.Verdict, claim.Parts));
        Assert.Null(claim.Defense!.Low);
    }

    [Fact]
    public void What_throws_and_what_is_no_number_is_said_and_not_measured()
    {
        using var images = Images([.. Enumerable.Repeat(0.5f, 20)]);
        using var defense = new ClaimingClassifier(0);

        var claims = ClaimEvaluation.Run(defense, twin, images);

        Assert.Equal(
            ["not measured: There is no scale", "not measured: zero over zero is not a finite number"],
            claims.Skip(1).Select(claim => claim.Reading));
    }

    [Fact]
    public void A_member_is_measured_behind_the_fronts_and_stays_whole()
    {
        using var images = Images([.. Enumerable.Repeat(0.4f, 20)]);
        using var member = new ClaimingClassifier(0);
        using var front = new Halving();

        var claims = ClaimEvaluation.Run(
            new Component("Member", member), [new("Front", front)], twin, images, CancellationToken.None);

        Assert.Equal(0.2, claims[0].Defense!.Value, 1e-6);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        member.call(front.call(images.Images)).Dispose();
    }

    [Fact]
    public void A_study_with_a_twin_measures_claims_once_and_keeps_them()
    {
        using var folder = new TemporaryFolder();
        using var images = FourPixels.Of(40, [0.3, 0, 0, 0]);
        using var ensemble = new FakeEnsemble([("Claims", new ClaimingClassifier(0)), ("Quiet", twin)]);
        var study = new AblationStudy
        {
            Ensemble = ensemble,
            Images = images,
            Threat = new ThreatModel(Norm.Linf, 0.1),
            Attacks = [new CornerAttack()],
            Checks = CheckBudget.None,
            ResultsFolder = folder.Path,
        };
        HighScores.Measured = 0;

        Assert.Empty(study.Run().Claims);
        Assert.Equal(0, HighScores.Measured);
        var claims = (study with { Undefended = twin }).Run().Claims;
        Assert.Equal(["Claims", "Claims", "Claims"], claims.Select(claim => claim.Component));
        Assert.Equal(6, HighScores.Measured);
        Assert.Equal(claims, (study with { Undefended = twin }).Run().Claims);
        Assert.Equal(6, HighScores.Measured);

        using var other = new LinearClassifier(0.1f, 1, 0, 0, 0);
        Assert.NotEqual(claims, (study with { Undefended = other }).Run().Claims);
        Assert.Equal(12, HighScores.Measured);
    }

    sealed class Halving : InputTransform
    {
        public override Tensor forward(Tensor images) => images / 2;
    }
}
