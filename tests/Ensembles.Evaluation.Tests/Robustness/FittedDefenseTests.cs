using Ensembles.Attacks;
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

    sealed class Fitted : Classifier, IFittedToImages
    {
        readonly Module<Tensor, Tensor> linear = Linear(4, 2);
        readonly FittedImages fitted = new();

        public Fitted() => RegisterComponents();

        public FittedImages FittedTo => fitted;

        public override Tensor forward(Tensor images) => linear.call(images.flatten(1));
    }
}
