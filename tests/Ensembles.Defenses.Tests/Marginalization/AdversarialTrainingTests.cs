using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Marginalization;

/// <summary>Training on the worst images of a ball, as known of each way under PGD.</summary>
public class AdversarialTrainingTests
{
    const double Epsilon = 0.2;

    static readonly Dictionary<string, Func<INetworkFactory, NetworkClassifier>> makers = new()
    {
        ["PGD"] = n => new PgdAdversarialClassifier(n, Epsilon, steps: 5),
        ["TRADES"] = n => new TradesClassifier(n, Epsilon, steps: 5),
        ["MART"] = n => new MartClassifier(n, Epsilon, steps: 5),
        ["AWP"] = n => new WeightPerturbedClassifier(n, Epsilon, steps: 5),
    };

    public static TheoryData<string, int> Runs => new()
    {
        { "PGD", 1 }, { "PGD", 2 }, { "TRADES", 1 }, { "TRADES", 2 }, { "MART", 1 }, { "MART", 2 },
        { "AWP", 1 }, { "AWP", 2 },
    };

    /// <summary>Where an undefended network gets hardly an image right, most are right after these.</summary>
    [Theory]
    [MemberData(nameof(Runs))]
    public void Holds_under_pgd_where_an_undefended_network_falls(string name, int seed)
    {
        using var images = Bars.Make(150, seed: 1);
        using var undefended = Train(n => new UndefendedClassifier(n), seed, images);
        using var defended = Train(makers[name], seed, images);
        var (fallen, held) = (Robust(undefended), Robust(defended));
        Assert.True(fallen < 0.05, $"undefended: {fallen}");
        Assert.True(held > 0.5, $"{name}: {held}");

        double Robust(NetworkClassifier classifier) =>
            Strength.Under(Strength.Pgd, classifier, images, Epsilon);
    }

    /// <summary>
    /// Catastrophic overfitting (Wong et al. 2020): with single steps from the clean image the network learns to
    /// withstand these alone. A random start keeps some of what holds.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Single_steps_without_a_random_start_teach_to_withstand_single_steps_alone(int seed)
    {
        const double epsilon = 0.3;
        using var images = Bars.Make(150, seed: 1);
        using var overfitted = Train(randomStart: false);
        using var fast = Train(randomStart: true);
        var single = Strength.Under(new Fgsm(), overfitted, images, epsilon);
        var iterated = Strength.Under(Strength.Pgd, overfitted, images, epsilon);
        var held = Strength.Under(Strength.Pgd, fast, images, epsilon);
        Assert.True(single > 0.8, $"under FGSM {single}");
        Assert.True(iterated < 0.04, $"under PGD {iterated}");
        Assert.True(held > iterated + 0.08, $"under PGD {held} with a random start, {iterated} without");

        NetworkClassifier Train(bool randomStart) => AdversarialTrainingTests.Train(
            n => new FgsmAdversarialClassifier(n, epsilon)
            {
                Perturbation = new FgsmPerturbation(epsilon) { RandomStart = randomStart, WarmUp = 0.25 },
            },
            seed, images, epochs: 80);
    }

    /// <summary>
    /// The pool of [33], in L2: within a radius it teaches what PGD training does. Without one its images go further
    /// than the label holds for, and accuracy falls even where hardly anything is changed.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Images_of_l_bfgs_teach_to_hold_within_a_radius_and_cost_accuracy_without_one(int seed)
    {
        using var images = Bars.Make(240, seed: 3);
        using var others = Bars.Make(120, seed: 2);
        using var undefended = Train(n => new UndefendedClassifier(n), seed, images);
        using var within = Train(n => new LbfgsPoolClassifier(n, epsilon: 1, poolSize: 16), seed, images, epochs: 8);
        using var beyond = Train(n => new LbfgsPoolClassifier(n, epsilon: null, poolSize: 16), seed, images, epochs: 5);
        var (fallen, held) = (Under(undefended, 1), Under(within, 1));
        Assert.True(held > fallen + 0.2, $"{held}, undefended {fallen}");
        var (little, less) = (Under(within, 0.5), Under(beyond, 0.5));
        Assert.True(little > less + 0.08, $"half the radius: {little}, without one {less}");

        double Under(NetworkClassifier classifier, double radius) =>
            Strength.Under(Strength.Pgd, classifier, others, radius, Norm.L2);
    }

    [Fact]
    public void Trades_without_the_divergence_is_training_on_clean_images()
    {
        using var images = Bars.Make(60, seed: 1);
        using var trades = Train(n => new TradesClassifier(n, Epsilon, beta: 0, steps: 1), 1, images, epochs: 2);
        using var plain = Train(n => new UndefendedClassifier(n), 1, images, epochs: 2);
        foreach (var (name, weight) in plain.state_dict())
            TensorAssert.Near(weight, trades.state_dict()[name], 1e-6);
    }

    static NetworkClassifier Train(
        Func<INetworkFactory, NetworkClassifier> make, int seed, LabeledImages images, int epochs = 24)
    {
        random.manual_seed(seed);
        var classifier = make(Bars.Networks);
        classifier.Train(images, new TrainingOptions { Seed = seed, Epochs = epochs, LearningRate = 3e-3 });
        return classifier;
    }
}
