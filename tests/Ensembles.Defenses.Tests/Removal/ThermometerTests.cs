using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class ThermometerTests
{
    [Fact]
    public void Channels_fill_from_the_first_to_the_pixels_level()
    {
        using var scope = NewDisposeScope();
        var images = tensor([0f, 0.24f, 0.26f, 0.5f, 0.76f, 1f]).view(1, 2, 1, 3);
        var encoded = new ThermometerTransform(4).call(images);
        Assert.Equal([1, 8, 1, 3], encoded.shape);

        // j = 0, 0, 1, 1 (0.5 is the end of level 1), 3, 3; a row a channel.
        Assert.Equal(
            [1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1],
            encoded.data<float>().ToArray());
    }

    [Fact]
    public void Brighter_pixels_have_longer_thermometers_that_decode_within_a_level()
    {
        using var scope = NewDisposeScope();
        const int levels = 16;
        using var transform = new ThermometerTransform(levels);
        var (x, more) = (rand(4, 3, 6, 6), rand(4, 3, 6, 6));
        var (t, tMore) = (transform.call(x), transform.call(maximum(x, more)));
        Assert.True(tMore.ge(t).all().item<bool>());

        var decoded = (t.view(4, 3, levels, 6, 6).sum(2) - 1) / levels;
        Assert.True((x - decoded).abs().max().item<float>() < 1.0 / levels);
        Assert.True(t.view(4, 3, levels, 6, 6).diff(1, 2).le(0).all().item<bool>());
    }

    /// <summary>
    /// Half a step off at most, in two channels at most; and black and white pixels have a slope too.
    /// </summary>
    [Fact]
    public void The_surrogate_follows_the_levels_and_rises_with_every_pixel()
    {
        using var scope = NewDisposeScope();
        using var transform = new ThermometerTransform(16);
        var images = cat([rand(20, 1, 8, 8), zeros(1, 1, 8, 8), ones(1, 1, 8, 8)]).requires_grad_();
        var (hard, soft) = (transform.call(images), transform.surrogate(images));
        Assert.InRange((soft - hard).abs().max().item<float>(), 0.3, 0.5);
        Assert.True(soft.ne(hard).sum(1).le(2).all().item<bool>());
        var slopes = autograd.grad([soft.sum()], [images])[0];
        Assert.InRange(slopes.min().item<float>(), 7.9, 8);
        Assert.InRange(slopes.max().item<float>(), 7.9, 16.1);
    }

    [ParityFact]
    public void Thermometers_are_those_of_ART()
    {
        using var scope = NewDisposeScope();
        var images = Parity.Floats("x512_f32le.bin", 512, 1, 28, 28).narrow(0, 0, 64);
        var golden = Parity.Floats("goldens/art.thermometer.10.bin", 64, 10, 28, 28);
        Assert.True(golden.Equals(new ThermometerTransform(10).call(images)));
    }

    /// <summary>A network trained on thermometers: the decision has no gradient but the surrogate's.</summary>
    [Fact]
    public void Falls_to_an_attack_through_the_smooth_levels()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var training = Bars.Make(240, seed: 1);
        using var held = Bars.Make(60, seed: 2);
        using var classifier = new Encoded(new SmallCnnFactory(4, Bars.Size, Bars.Classes));
        classifier.Train(training, new TrainingOptions { Seed = 1, Epochs = 12, LearningRate = 3e-3 });

        Assert.InRange(Bars.Accuracy(classifier, held), 0.9, 1);
        var pgd = new Pgd { Steps = 40, Restarts = 2, Loss = AttackLoss.Margin };
        Assert.InRange(UnderAttack.Robust(classifier, held, 0.3, pgd), 0, 0.1);
    }

    /// <summary>
    /// Images of LS-PGA lie in the ball, on a level that the ball reaches, at the value of it nearest to the clean one.
    /// </summary>
    [Fact]
    public void LogitSpace_steps_choose_levels_that_the_ball_reaches()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var classifier = new Encoded(new SmallCnnFactory(4, Bars.Size, Bars.Classes));
        classifier.train();
        using var images = Bars.Make(20, seed: 1);
        const double epsilon = 0.2;
        var (clean, transform) = (images.Images, classifier.Transform);
        var found = new LogitSpacePerturbation(epsilon).Of(classifier, clean, images.Labels, seed: 3);

        Assert.True(classifier.training);
        Assert.InRange((found - clean).abs().max().item<float>(), 0.05, epsilon + 1e-6);
        Assert.True(found.ge(0).logical_and(found.le(1)).all().item<bool>());
        var (before, after) = (transform.Level(clean), transform.Level(found));
        Assert.True(found.eq(clean).eq(after.eq(before)).all().item<bool>());
        // Up, it stops where the level begins; down, where it ends.
        var place = 4 * found - after;
        Assert.InRange(place[after.gt(before)].max().item<float>(), 0, 1e-3);
        Assert.InRange(place[after.lt(before)].min().item<float>(), 1 - 1e-3, 1);
        Assert.True(found.Equals(new LogitSpacePerturbation(epsilon).Of(classifier, clean, images.Labels, seed: 3)));
        Assert.All(classifier.parameters(), p => Assert.True(p.grad is null));
    }

    /// <summary>As an attack it breaks far more than random levels do.</summary>
    [Fact]
    public void LogitSpace_steps_break_what_is_trained_without_them_and_training_on_them_keeps_a_part()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(240, seed: 1);
        using var held = Bars.Make(60, seed: 2);
        const double epsilon = 0.2;
        var (plain, hardened) = (Of(adversarial: false), Of(adversarial: true));
        var pgd = new Pgd { Steps = 40, Loss = AttackLoss.Margin };
        double Bpda(Classifier classifier) => UnderAttack.Robust(classifier, held, epsilon, pgd);

        Assert.InRange(Bars.Accuracy(hardened, held), 0.9, 1);
        Assert.True(Bpda(hardened) > Bpda(plain) + 0.2, $"{Bpda(hardened)}, {Bpda(plain)}");
        Assert.True(OfLevels(plain) < Random(plain) - 0.2, $"{OfLevels(plain)}, {Random(plain)}");

        NetworkClassifier Of(bool adversarial)
        {
            random.manual_seed(1);
            var classifier = new ThermometerAdversarialClassifier(Bars.Networks, epsilon, levels: 8)
            {
                Perturbation = adversarial ? new LogitSpacePerturbation(epsilon) { WarmUp = 0.5 } : null,
            };
            classifier.Train(training, new TrainingOptions { Seed = 1, Epochs = 12, LearningRate = 3e-3 });
            return classifier;
        }

        double OfLevels(NetworkClassifier classifier) => Right(
            classifier, new LogitSpacePerturbation(epsilon, steps: 20).Of(classifier, held.Images, held.Labels));

        double Random(NetworkClassifier classifier) => Right(
            classifier, (held.Images + (epsilon * (rand_like(held.Images) - 0.5).sign())).clamp(0, 1));

        double Right(NetworkClassifier classifier, Tensor images)
        {
            using var noGradient = no_grad();
            return classifier.call(images).argmax(1).eq(held.Labels).to_type(ScalarType.Float64).mean().item<double>();
        }
    }

    [Fact]
    public void LogitSpace_steps_need_thermometers_first()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(4, seed: 1);
        Assert.Contains("ThermometerTransform", Assert.Throws<InvalidOperationException>(() =>
            new LogitSpacePerturbation(0.1).Of(BehindTransform.Network, images.Images, images.Labels)).Message);
        using var classifier = new ThermometerAdversarialClassifier(Bars.Networks, 0.1, levels: 4);
        Assert.Throws<InvalidOperationException>(() =>
            classifier.Train(images, new TrainingOptions { Epochs = 1, Front = new MedianTransform() }));
    }

    sealed class Encoded(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public override ThermometerTransform Transform { get; } = new(levels: 4);
    }

    [Fact]
    public void Impossible_levels_and_other_shapes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ThermometerTransform(1));
        Assert.Throws<ArgumentException>(() => new ThermometerTransform().call(zeros(8, 8)));
    }
}
