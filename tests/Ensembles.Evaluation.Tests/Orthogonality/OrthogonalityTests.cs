using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;

namespace Ensembles.Evaluation.Tests.Orthogonality;

public class OrthogonalityTests
{
    static AblationResult Study(LabeledImages images, string? folder, params (string, Classifier)[] members)
    {
        using var ensemble = new FakeEnsemble(members);
        return new AblationStudy
        {
            Ensemble = ensemble,
            Images = images,
            Threat = new ThreatModel(Norm.Linf, 0.2),
            Epsilons = [0.1, 0.3],
            Attacks = [new CornerAttack()],
            Checks = CheckBudget.None,
            Seed = 5,
            ResultsFolder = folder,
        }.Run();
    }

    static OrthogonalityFigures Figures(params (string, Classifier)[] members)
    {
        using var images = FourPixels.Of(60, [0.15, 0.15, 0.15, 0.3], noise: 0.14);
        return Study(images, folder: null, members).Orthogonality!;
    }

    static double Transfer(OrthogonalityFigures figures, string from, string to) =>
        figures.Transfer.Single(of => of.From == from && of.To == to).Share!.Value;

    [Fact]
    public void Twins_fail_together_and_strangers_do_not()
    {
        var figures = Figures(
            ("One", LinearClassifier.OfPixel(0)), ("Twin", LinearClassifier.OfPixel(0)),
            ("Other", LinearClassifier.OfPixel(3)));

        Assert.Equal(1, Transfer(figures, "One", "Twin"));
        Assert.Equal(1, Transfer(figures, "Twin", "One"));
        // Pixel 3 lies further from a half than the radius on most images: what breaks pixel 0 leaves it.
        Assert.True(Transfer(figures, "One", "Other") < 0.5);
        PairFigure Of(IReadOnlyList<PairFigure> pairs, string second) =>
            pairs.Single(pair => pair.First == "One" && pair.Second == second);
        Assert.Equal(1, Of(figures.Gradients, "Twin").Value!.Value, 1e-6);
        Assert.Equal(0, Of(figures.Gradients, "Other").Value!.Value, 1e-6);
        Assert.Equal(1, Of(figures.Errors, "Twin").Value!.Value, 1e-12);
        Assert.Contains(figures.Weaknesses, words => words.StartsWith(
            "What breaks One breaks Twin too: 100.0%", StringComparison.Ordinal));
        Assert.Contains(
            "The gradients of One and Twin point the same way (cosine 1.00): one step moves both.", figures.Weaknesses);
        Assert.DoesNotContain(figures.Weaknesses, words => words.Contains("breaks Other", StringComparison.Ordinal));
        Assert.Contains(
            "One, Twin and Other claim the same strength, non-robust feature removal: what gets around it gets around "
            + "each of them.", figures.Weaknesses);
    }

    [Fact]
    public void Gradients_that_lead_apart_have_a_cosine_of_less_than_zero()
    {
        var figures = Figures(
            ("One", new LinearClassifier(-0.5f, 1, 0, 0, 0)), ("Half", new LinearClassifier(0, 1, -1, 0, 0)),
            ("Against", new LinearClassifier(0.5f, -1, 0, 0, 0)));
        double? Cosine(string second) => figures.Gradients
            .Single(pair => pair.First == "One" && pair.Second == second).Value?.Value;
        Assert.Equal(Math.Sqrt(0.5), Cosine("Half")!.Value, 1e-6);
        // It is wrong wherever the other is right.
        Assert.Null(Cosine("Against"));
        Assert.Equal(0, figures.Gradients.Single(pair => pair.Second == "Against" && pair.First == "One").Images);
    }

    [Fact]
    public void What_broke_the_whole_is_counted_once_for_each_image()
    {
        using var images = FourPixels.Of(60, [0.15, 0.15, 0.15, 0.3], noise: 0.14);
        var result = Study(
            images, folder: null, ("One", LinearClassifier.OfPixel(0)), ("Two", LinearClassifier.OfPixel(1)));
        var at = result.Whole.At(0.2);
        Assert.Equal(
            (int)Math.Round((result.Whole.Clean.Value - at.Lenient.Value) * 60),
            result.Orthogonality!.FirstFalls.Sum(fell => fell.Images));
        // Those at the larger radius are no fall at the threat's.
        Assert.DoesNotContain(result.Orthogonality.FirstFalls, fell =>
            fell.Source.Contains("0.3", StringComparison.Ordinal));
    }

    [Fact]
    public void Figures_are_kept_with_the_study_and_stand_in_every_form_of_the_report()
    {
        using var folder = new TemporaryFolder();
        using var images = FourPixels.Of(60, [0.15, 0.15, 0.15, 0.3], noise: 0.14);
        (string, Classifier)[] members =
            [("One", LinearClassifier.OfPixel(0)), ("Two<3>", LinearClassifier.OfPixel(0))];
        var first = Study(images, folder.Path, members);
        var stored = Path.Combine(folder.Path, "orthogonality.json");
        var written = File.GetLastWriteTimeUtc(stored);
        var second = Study(images, folder.Path, members);

        Assert.Equal(written, File.GetLastWriteTimeUtc(stored));
        Assert.Equal(first.Orthogonality!.Transfer, second.Orthogonality!.Transfer);
        var report = new RobustnessReport { Title = "T", Dataset = "D", Command = "C", Result = first };
        Assert.Contains("transfer,One,Two<3>,1,", ReportCsv.Orthogonality(first), StringComparison.Ordinal);
        var html = HtmlReport.Write(report);
        Assert.Contains("--share: 1\">100.0%", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Two<3>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_that_are_never_right_together_are_not_said_to_fail_apart()
    {
        // One is right on class 1 alone and the other on class 0, by so much that nothing in the ball breaks them.
        using var images = FourPixels.Of(20, [0.3, 0, 0, 0], noise: 0.01);
        var result = Study(
            images, folder: null, ("Always", new LinearClassifier(9, 1, 0, 0, 0)),
            ("Never", new LinearClassifier(-9, 0, 1, 0, 0)));
        Assert.True(result.Orthogonality!.IsEmpty);
        var report = new RobustnessReport { Title = "T", Dataset = "D", Command = "C", Result = result };
        Assert.DoesNotContain("fail together", HtmlReport.Write(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { true, true, false, false }, new[] { true, true, false, false }, 1)]
    [InlineData(new[] { true, true, false, false }, new[] { false, false, true, true }, -1)]
    [InlineData(new[] { true, true, false, false }, new[] { true, false, true, false }, 0)]
    // n11 = 2, n10 = 1, n01 = 0, n00 = 1: (2 - 0) / sqrt(3 * 1 * 2 * 2).
    [InlineData(new[] { true, true, true, false }, new[] { true, true, false, false }, 0.57735026918962573)]
    public void Phi_is_the_correlation_of_two_flags(bool[] first, bool[] second, double expected) =>
        Assert.Equal(expected, Phi.Of(first, second)!.Value, 1e-12);

    [Fact]
    public void Flags_that_never_change_have_no_correlation() =>
        Assert.Null(Phi.Of([true, true], [true, false]));

    [Fact]
    public void One_member_has_nobody_to_be_alike()
    {
        using var images = FourPixels.Of(20, [0.15, 0.15, 0.15, 0.3]);
        Assert.Null(Study(images, folder: null, ("Alone", LinearClassifier.OfPixel(0))).Orthogonality);
    }
}
