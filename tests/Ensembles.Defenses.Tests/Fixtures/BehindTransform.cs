using Ensembles.Attacks;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>One network, trained on clean bars, behind any transform.</summary>
static class BehindTransform
{
    /// <summary>The network.</summary>
    public static NetworkClassifier Network => network.Value;

    static readonly Lazy<NetworkClassifier> network = new(() =>
    {
        random.manual_seed(1);
        using var training = Bars.Make(600, seed: 1);
        var classifier = new UndefendedClassifier(Bars.Networks);
        classifier.Train(training, new TrainingOptions { Seed = 1, Epochs = 6 });
        return classifier;
    });

    static readonly LabeledImages images = Bars.Make(60, seed: 2);

    /// <summary>
    /// The share of images that are right clean, and under PGD on the margin through the transform's gradient; of the
    /// network alone where there is none.
    /// </summary>
    public static (double Clean, double Robust) Of(InputTransform? transform, double epsilon)
    {
        using var scope = NewDisposeScope();
        Classifier classifier = transform is null ? network.Value : new Behind(transform, network.Value);
        classifier.eval();
        return (
            Bars.Accuracy(classifier, images),
            UnderAttack.Robust(
                classifier, images, epsilon, new Pgd { Steps = 40, Restarts = 2, Loss = AttackLoss.Margin }));
    }

    sealed class Behind : Classifier
    {
        readonly InputTransform transform;
        readonly NetworkClassifier network;

        public Behind(InputTransform transform, NetworkClassifier network) : base(nameof(Behind))
        {
            (this.transform, this.network) = (transform, network);
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using var seen = transform.call(images);
            return network.call(seen);
        }
    }
}
