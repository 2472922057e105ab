using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Masking;

public class RandomNetworkTests
{
    static readonly TrainingOptions run = new() { Seed = 1, Epochs = 10, LearningRate = 3e-3 };

    static Tensor Images => rand(6, 1, Bars.Size, Bars.Size);

    static FeatureNetwork Network(int seed)
    {
        random.manual_seed(seed);
        return Bars.Networks.Create();
    }

    [Fact]
    public void A_network_of_probability_1_is_the_only_one_that_answers()
    {
        using var scope = NewDisposeScope();
        var (one, other) = (Network(1), Network(2));
        using var classifier = RandomModelClassifier.Of(one, other);
        classifier.eval();
        var images = Images;
        classifier.Probabilities = [0, 1];
        Assert.True(other.call(images).Equals(classifier.call(images)));
        classifier.Probabilities = [1, 0];
        Assert.True(one.call(images).Equals(classifier.call(images)));
    }

    /// <summary>Each row is some network's answer to it, and each network answers as often as it should.</summary>
    [Fact]
    public void Each_image_is_answered_by_a_network_of_its_own()
    {
        using var scope = NewDisposeScope();
        var (one, other) = (Network(1), Network(2));
        using var classifier = RandomModelClassifier.Of(one, other);
        classifier.Probabilities = [0.8, 0.2];
        classifier.eval();
        random.manual_seed(3);
        var images = rand(2000, 1, Bars.Size, Bars.Size);
        var answers = classifier.call(images);
        var (ofOne, ofOther) = (SameRows(one), SameRows(other));

        Assert.True(ofOne.logical_xor(ofOther).all().item<bool>());
        // Standard error 0.009.
        Assert.InRange(ofOne.to_type(ScalarType.Float32).mean().item<float>(), 0.76, 0.84);

        Tensor SameRows(FeatureNetwork network) => (network.call(images) - answers).abs().amax([1]).lt(1e-5);
    }

    [Fact]
    public void Equal_networks_are_one()
    {
        using var scope = NewDisposeScope();
        using var classifier = RandomModelClassifier.Of(Network(1), Network(1), Network(1));
        classifier.eval();
        var images = Images;
        TensorAssert.Near(Network(1).call(images), classifier.call(images), 1e-6);
        Assert.Equal([0, Bars.Classes], classifier.call(zeros(0, 1, Bars.Size, Bars.Size)).shape);
    }

    public static TheoryData<string> Random =>
        [nameof(RandomModelClassifier), nameof(DropoutClassifier), nameof(RandomCropClassifier)];

    [Theory]
    [MemberData(nameof(Random))]
    public void The_seed_repeats_the_draws(string name)
    {
        using var scope = NewDisposeScope();
        using var classifier = Trainables.Make(name);
        classifier.eval();
        var images = Images;
        random.manual_seed(1);
        var first = classifier.call(images);
        random.manual_seed(1);
        Assert.True(first.Equals(classifier.call(images)));
        Assert.False(first.Equals(classifier.call(images)));
    }

    [Theory]
    [MemberData(nameof(Random))]
    public void It_falls_to_gradients_averaged_over_draws(string name)
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(240, seed: 1);
        using var held = Bars.Make(60, seed: 2);
        using var classifier = (Classifier)Trainables.Make(name);
        ((ITrainable)classifier).Train(training, run);
        Assert.Equal(((IRandomized)classifier).EotSamples, AttackSurface.FromClassifier(classifier).EotSamples);

        Assert.InRange(Bars.Accuracy(classifier, held), 0.9, 1);
        var pgd = new Pgd { Steps = 20, Loss = AttackLoss.Margin };
        Assert.InRange(UnderAttack.Robust(classifier, held, 0.3, pgd), 0, 0.1);
    }

    /// <summary>
    /// The mean probability over many draws: two of them agree far better than two single draws, and sum to 1.
    /// </summary>
    [Fact]
    public void More_draws_of_dropout_vary_less()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var images = Images;
        var (few, many) = (Variation(1), Variation(100));
        Assert.True(many < few / 5, $"{few} of one draw, {many} of a hundred");

        double Variation(int draws)
        {
            random.manual_seed(1);
            using var classifier = new DropoutClassifier(Bars.Networks, probability: 0.5, draws);
            classifier.eval();
            var (one, other) = (classifier.call(images).exp(), classifier.call(images).exp());
            TensorAssert.Near(ones(6), one.sum(1), 1e-5);
            return (one - other).abs().mean().item<float>();
        }
    }

    /// <summary>Pass by pass with masks of its own, the mean of probabilities is the classifier's.</summary>
    [Fact]
    public void It_is_the_mean_probability_of_passes_with_dropout()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        random.manual_seed(1);
        using var classifier = new DropoutClassifier(Bars.Networks, probability: 0.3, draws: 4000);
        var images = rand(1, 1, Bars.Size, Bars.Size);
        classifier.train();
        // In training mode each row drops units of its own.
        var expected = classifier.call(images.repeat(4000, 1, 1, 1)).softmax(1).mean([0]);
        classifier.eval();
        TensorAssert.Near(expected, classifier.call(images).exp()[0], 0.02);
    }

    /// <summary>
    /// Of an image whose crops are told apart by their place the answer is the mean over the places, each as likely.
    /// </summary>
    [Fact]
    public void It_is_the_mean_probability_of_the_crops()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        random.manual_seed(1);
        using var classifier = new RandomCropClassifier(Bars.Networks, share: 11.0 / 12, crops: 4000);
        classifier.eval();
        var image = rand(1, 1, Bars.Size, Bars.Size);
        // Sides of 11 of 12 pixels lie at two places down and two across.
        var crops = cat([.. new[] { 0, 1 }.SelectMany(top => new[] { 0, 1 }.Select(left =>
            nn.functional.interpolate(
                image.narrow(2, top, 11).narrow(3, left, 11), [12, 12], mode: InterpolationMode.Bilinear,
                align_corners: false)))]);
        var network = classifier.Layers[^1];
        var expected = network.call(crops).softmax(1).mean([0]);
        TensorAssert.Near(expected, classifier.call(image).exp()[0], 0.01);

        classifier.train();
        random.manual_seed(3);
        var one = classifier.call(image);
        Assert.True((network.call(crops) - one).abs().amax([1]).lt(1e-4).any().item<bool>());
    }

    [Fact]
    public void What_cannot_be_drawn_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCropClassifier(Bars.Networks, share: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCropClassifier(Bars.Networks, crops: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomModelClassifier(Bars.Networks, 0));
        Assert.Throws<ArgumentException>(() => RandomModelClassifier.Of());
        var other = new SmallCnnFactory(1, Bars.Size, 5).Create();
        Assert.Contains(
            "5 classes",
            Assert.Throws<ArgumentException>(() => RandomModelClassifier.Of(Network(1), other)).Message);
        using var classifier = new RandomModelClassifier(Bars.Networks, 2);
        Assert.Throws<ArgumentException>(() => classifier.Probabilities = [1]);
        Assert.Throws<ArgumentException>(() => classifier.Probabilities = [0.5, 0.6]);
        Assert.Throws<ArgumentException>(() => classifier.Probabilities = [1.5, -0.5]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DropoutClassifier(Bars.Networks, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DropoutClassifier(Bars.Networks, 0.5, 0));
        Assert.Contains(
            "nn.Dropout",
            Assert.Throws<ArgumentException>(() => new DropoutClassifier(new WithoutModules())).Message);
    }
}
