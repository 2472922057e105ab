using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.FeatureSeparation;

public class TripletAdversarialTests
{
    /// <summary>What is known of it: adversarial training of its own kind, it holds.</summary>
    [Fact]
    public void Holds_under_pgd_and_AutoAttack_where_the_undefended_network_falls()
    {
        using var images = Bars.Make(150, seed: 1);
        using var attacked = Bars.Make(60, seed: 2);
        var options = new TrainingOptions { Epochs = 24, LearningRate = 3e-3 };
        manual_seed(1);
        using var triplet = new TripletAdversarialClassifier(Bars.Networks, epsilon: 0.2);
        triplet.Train(images, options);
        manual_seed(1);
        using var undefended = new UndefendedClassifier(Bars.Networks);
        undefended.Train(images, options);

        Assert.True(Bars.Accuracy(triplet, attacked) > 0.85, $"clean {Bars.Accuracy(triplet, attacked)}");
        var (held, fallen) = (Pgd(triplet), Pgd(undefended));
        Assert.True(held > fallen + 0.3, $"PGD leaves {held}, and {fallen} of the undefended network");
        (held, fallen) = (Auto(triplet), Auto(undefended));
        Assert.True(held > fallen + 0.3, $"AutoAttack leaves {held}, and {fallen} of the undefended network");

        double Pgd(Classifier classifier) => UnderAttack.Robust(classifier, attacked, 0.2);
        double Auto(Classifier classifier) => UnderAttack.Robust(classifier, attacked, 0.2, new AutoAttack());
    }
}
