using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Subsets;

public class GateCurveTests
{
    const int Validation = 200;

    static AblationResult Study(FakeEnsemble ensemble, LabeledImages images, Tensor? validation) =>
        new AblationStudy
        {
            Ensemble = ensemble,
            Images = images,
            ValidationImages = validation,
            Threat = new ThreatModel(Norm.Linf, 0.2),
            Attacks = [new CornerAttack()],
            Checks = CheckBudget.None,
            Seed = 5,
        }.Run();

    static LabeledImages Images(int seed = 1) => FourPixels.Of(60, [0.2, 0.15, 0, 0.3], noise: 0.15, seed: seed);

    static FakeEnsemble Gated(params (string, Detector, float)[] gates) => new(
        [("Robust", LinearClassifier.OfPixel(0)), ("Fragile", LinearClassifier.OfPixel(1, scale: 1.5f))], gates);

    [Fact]
    public void A_gates_rate_is_what_it_rejects_of_the_validation_images_and_stricter_gates_lose_clean_images()
    {
        using var scope = NewDisposeScope();
        using var images = Images();
        manual_seed(3);
        var validation = rand(Validation, 1, 2, 2);
        var gate = new NearnessDetector(3);
        var scores = gate.call(validation);
        using var ensemble = Gated(("Gate", gate, GateThreshold.Calibrate(scores, FakeEnsemble.StatedRate)));
        var result = Study(ensemble, images, validation);
        var curve = result.GateCurve;

        Assert.All(curve, point => Assert.Equal(FakeEnsemble.StatedRate * point.Factor, point.Rates.Single(), 1e-12));
        Assert.All(curve, point => Assert.True(point.IsStated || point.Rates[0] * Validation >= 1));
        Assert.True(curve.Count >= 5);
        Assert.All(curve.Zip(curve.Skip(1)), pair =>
        {
            Assert.True(pair.First.Factor < pair.Second.Factor);
            Assert.True(pair.First.Coverage.Value >= pair.Second.Coverage.Value);
            Assert.True(pair.First.Clean.Value >= pair.Second.Clean.Value);
            Assert.True(pair.First.Strict.Value >= pair.Second.Strict.Value);
        });
        Assert.True(curve[0].Coverage.Value > curve[^1].Coverage.Value);

        // By hand: the clean images that the threshold of each rate accepts.
        var clean = gate.call(images.Images);
        Assert.All(curve, point => Assert.Equal(
            clean.le(GateThreshold.Calibrate(scores, point.Rates[0])).sum().item<long>() / (double)images.Count,
            point.Coverage.Value, 1e-9));

        // As declared it is the whole.
        var stated = curve.Single(point => point.IsStated);
        var at = result.Whole.At(0.2);
        Assert.Equal(
            (result.Whole.Clean, result.Whole.Coverage, at.Lenient, at.Strict),
            (stated.Clean, stated.Coverage, stated.Lenient, stated.Strict));
    }

    [Fact]
    public void Without_gates_there_is_no_curve()
    {
        using var images = Images();
        using var ensemble = Gated();
        Assert.Empty(Study(ensemble, images, validation: null).GateCurve);
    }
}
