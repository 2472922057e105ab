using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation.Tests.Robustness;

public class FittedDefenseTests
{
    [Fact]
    public void A_defense_is_not_judged_on_images_that_it_was_fitted_to()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var classifier = new Fitted();
        using var images = new LabeledImages(rand(30, 1, 2, 2), arange(30) % 2, classCount: 2);
        classifier.FittedTo.Remember(images, default);
        classifier.eval();

        var message = Assert.Throws<ArgumentException>(() => RobustnessEvaluation.Run(
            classifier, images, new ThreatModel(Norm.Linf, 0.1), new Fgsm())).Message;

        Assert.Contains("30 of 30 test images", message);
        Assert.Contains("was not trained on", message);
    }

    [Fact]
    public void A_gate_is_not_judged_on_the_images_that_its_threshold_was_set_on()
    {
        using var images = FourPixels.Of(60, [0.3, 0, 0, 0], noise: 0.1);
        using var others = FourPixels.Of(60, [0.3, 0, 0, 0], noise: 0.1, seed: 2);
        var gate = new NearnessDetector(0);
        using var threshold = GateThreshold.Uncalibrated();
        GateThreshold.Calibrate(threshold, gate, images.Images, 0.1);
        using var ensemble = new FakeEnsemble(
            [("A", LinearClassifier.OfPixel(0))], [("Gate", gate, threshold.item<float>())]);

        var message = Assert.Throws<ArgumentException>(() => Run(images)).Message;
        Assert.Contains("60 of 60 test images", message);
        Assert.Contains("CalibrateGates with other images", message);
        Assert.Equal(60, Run(others).Count);

        GateThreshold.Calibrate(threshold, gate, others.Images, 0.1);
        Assert.Equal(60, Run(images).Count);

        RobustnessResult Run(LabeledImages judged) =>
            RobustnessEvaluation.Run(ensemble, judged, new ThreatModel(Norm.Linf, 0.1), new Fgsm());
    }

    sealed class Fitted : Classifier, IFittedToImages
    {
        readonly Module<Tensor, Tensor> linear = Linear(4, 2);
        readonly FittedImages fitted = new();

        public Fitted() => RegisterComponents();

        public FittedImages FittedTo => fitted;

        public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
    }
}
