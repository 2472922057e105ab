using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Certified;

public class CertifiedAccuracyTests
{
    const int Count = 40;

    /// <summary>Pixel 0 decides, with a margin of about 0.1: the radius in Linf of every image is its margin.</summary>
    static LabeledImages Images() => FourPixels.Of(Count, [0.1, 0.2, 0.2, 0.2]);

    static Certificate Of(LabeledImages images, double exaggeration, double confidence = 1)
    {
        using var scope = NewDisposeScope();
        var margins = (images.Images.flatten(1).select(1, 0) - 0.5).abs().to_type(ScalarType.Float64);
        return new Certificate(images.Labels.alias(), margins * exaggeration, Norm.Linf) { Confidence = confidence }
            .MoveToOuterDisposeScope();
    }

    static RobustnessResult Attacked(LabeledImages images, double epsilon)
    {
        using var classifier = LinearClassifier.OfPixel(0);
        return RobustnessEvaluation.Run(
            classifier, images, new ThreatModel(Norm.Linf, epsilon), new CornerAttack());
    }

    [Theory]
    [InlineData(0.095)]
    [InlineData(0.1)]
    [InlineData(0.105)]
    public void Of_exact_certificates_the_curves_meet_and_do_not_cross(double epsilon)
    {
        using var images = Images();
        using var certificate = Of(images, 1 - 1e-5);
        var result = Attacked(images, epsilon);
        var proven = result with { Certified = CertifiedAccuracy.Of(certificate, images, Norm.Linf) };

        Assert.Empty(proven.Refuted);
        Assert.Equal(result.Valid, proven.Valid);
        var empirical = proven.At(epsilon).Lenient.Value;
        Assert.InRange(proven.Certified.At(epsilon).Value, empirical - 1e-9, empirical + 1e-9);
        Assert.Contains("certified", proven.ToString());
    }

    [Fact]
    public void A_radius_above_an_attacks_success_makes_the_result_invalid()
    {
        using var images = Images();
        using var certificate = Of(images, 1.1);
        var proven = Attacked(images, 0.1) with { Certified = CertifiedAccuracy.Of(certificate, images, Norm.Linf) };

        Assert.False(proven.Valid);
        Assert.Contains("fell at 0.1 although certified", Assert.Single(proven.Refuted));
        Assert.StartsWith("INVALID", proven.ToString());
    }

    [Fact]
    public void One_wrong_certificate_is_enough_of_a_proof_and_not_of_samples()
    {
        using var images = Images();
        using var scope = NewDisposeScope();
        var exact = Of(images, 1 - 1e-5);
        var radii = exact.Radii.clone();
        var weakest = radii.argmin().item<long>();
        radii[weakest] = 0.3;
        var wrong = exact with { Radii = radii };
        var result = Attacked(images, 0.1);

        Assert.False((result with { Certified = CertifiedAccuracy.Of(wrong, images, Norm.Linf) }).Valid);
        var sampled = CertifiedAccuracy.Of(wrong with { Confidence = 0.999 }, images, Norm.Linf);
        Assert.Empty((result with { Certified = sampled }).Refuted);
    }

    [Fact]
    public void Abstentions_and_wrong_labels_are_certified_nowhere_and_norms_convert_as_balls_lie_in_balls()
    {
        using var images = Images();
        using var scope = NewDisposeScope();
        var labels = images.Labels.clone();
        labels[0] = Decision.Reject;
        labels[1] = 1 - labels[1];
        var certificate = new Certificate(labels, full(Count, 0.2, dtype: ScalarType.Float64), Norm.L2);

        var own = CertifiedAccuracy.Of(certificate, images, Norm.L2);
        Assert.Equal((Count - 2) / (double)Count, own.At(0.2).Value, 1e-9);
        Assert.Equal(0, own.At(0.201).Value);
        // Four pixels: sqrt(4) = 2.
        var other = CertifiedAccuracy.Of(certificate, images, Norm.Linf);
        Assert.Equal((Count - 2) / (double)Count, other.At(0.0999).Value, 1e-9);
        Assert.Equal(0, other.At(0.1001).Value);
        Assert.Equal(0.2, CertifiedAccuracy.Of(certificate, images, Norm.L1).Radii[5], 1e-12);
        Assert.Throws<ArgumentException>(() => CertifiedAccuracy.Of(certificate, images, Norm.L0));
        Assert.Throws<ArgumentException>(
            () => CertifiedAccuracy.Of(certificate, FourPixels.Of(3, [0.1, 0, 0, 0]), Norm.L2));
    }

    [Fact]
    public void A_study_shows_the_curve_and_is_invalid_where_it_crosses()
    {
        using var images = Images();
        using var ensemble = new FakeEnsemble(
            [("Pixel", LinearClassifier.OfPixel(0)), ("Same", LinearClassifier.OfPixel(0))]);
        AblationResult Run(double exaggeration) => new AblationStudy
        {
            Ensemble = ensemble,
            Images = images,
            Threat = new ThreatModel(Norm.Linf, 0.1),
            Attacks = [new CornerAttack()],
            Epsilons = [0.05],
            Certify = _ => Of(images, exaggeration),
        }.Run();

        var (sound, crossing) = (Run(0.9), Run(1.1));
        Assert.Empty(sound.Whole.Refuted);
        Assert.Contains("certified", string.Join(" ", crossing.Invalid));
        var html = HtmlReport.Write(Report(sound));
        Assert.Contains("whole, certified", html);
        Assert.Contains("s-certified", html);
        Assert.DoesNotContain("whole, certified", HtmlReport.Write(Report(sound with
        {
            Whole = sound.Whole with { Certified = null },
        })));

        static RobustnessReport Report(AblationResult result) =>
            new() { Title = "Pixels", Dataset = "Four pixels", Command = "none", Result = result };
    }
}
