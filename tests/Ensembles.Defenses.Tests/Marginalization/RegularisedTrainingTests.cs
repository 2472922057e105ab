using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Marginalization;

/// <summary>Networks that look better under a few steps than they are, and one that is a little better.</summary>
public class RegularisedTrainingTests
{
    const double Epsilon = 0.2;

    /// <summary>A few steps from the clean image, as a defender would try first.</summary>
    static readonly Pgd few = new()
    {
        Steps = 5, StepSize = Epsilon / 4, RandomStart = false, Loss = AttackLoss.CrossEntropy,
    };

    static readonly Pgd many = new() { Steps = 100, Restarts = 5, Loss = AttackLoss.Margin };

    /// <summary>
    /// Engstrom et al. 2018 [8]: what it seems to withstand under a few steps it does not under many from many starts,
    /// at the same radius.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Adversarial_logit_pairing_falls_to_more_steps_and_starts(int seed)
    {
        using var images = Bars.Make(150, seed: 1);
        using var paired = Train(n => new AdversarialLogitPairingClassifier(n, Epsilon, steps: 5), seed, images);
        var (apparent, left) = (Under(few, paired, images), Under(many, paired, images));
        Assert.True(apparent > 0.75, $"a few steps: {apparent}");
        Assert.True(left < apparent - 0.2, $"a few steps {apparent}, many {left}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Clean_logit_pairing_withstands_one_step_and_falls_to_many(int seed)
    {
        using var images = Bars.Make(150, seed: 1);
        using var undefended = Train(n => new UndefendedClassifier(n), seed, images);
        using var paired = Train(n => new CleanLogitPairingClassifier(n, deviation: 0.3), seed, images);
        var (apparent, left) = (Under(new Fgsm(), paired, images), Under(many, paired, images));
        Assert.True(apparent > Under(new Fgsm(), undefended, images) + 0.1, $"one step: {apparent}");
        Assert.True(left < 0.2, $"many steps: {left}");
    }

    /// <summary>A small Jacobian is worth something at this radius, and nothing at twice it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_small_jacobian_holds_where_an_undefended_network_falls_and_falls_further_out(int seed)
    {
        using var images = Bars.Make(150, seed: 1);
        using var undefended = Train(n => new UndefendedClassifier(n), seed, images);
        using var regularised = Train(n => new JacobianClassifier(n), seed, images);
        var (held, fallen) = (Under(many, regularised, images), Under(many, undefended, images));
        Assert.True(held > fallen + 0.15, $"{held}, undefended {fallen}");
        var further = Strength.Under(many, regularised, images, 2 * Epsilon);
        Assert.True(further < 0.1, $"twice the radius: {further}");
    }

    static double Under(IAttack attack, NetworkClassifier classifier, LabeledImages images) =>
        Strength.Under(attack, classifier, images, Epsilon);

    static NetworkClassifier Train(Func<INetworkFactory, NetworkClassifier> make, int seed, LabeledImages images)
    {
        random.manual_seed(seed);
        var classifier = make(Bars.Networks);
        classifier.Train(images, new TrainingOptions { Seed = seed, Epochs = 24, LearningRate = 3e-3 });
        return classifier;
    }
}
