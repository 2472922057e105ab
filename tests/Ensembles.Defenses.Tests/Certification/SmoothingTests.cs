using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Certification;

public class SmoothingTests
{
    [Theory]
    // Bisections of binomial tails in decimal arithmetic of 60 digits.
    [InlineData(100, 100, 0.001, 0.933254300796991)]
    [InlineData(99, 100, 0.001, 0.9113731112960425)]
    [InlineData(700, 1000, 0.001, 0.6534720352918644)]
    [InlineData(51, 100, 0.05, 0.4234106513021929)]
    [InlineData(990, 1000, 0.01, 0.9799573940991211)]
    [InlineData(1, 10, 0.05, 0.005116196891823701)]
    [InlineData(0, 10, 0.05, 0)]
    public void The_lower_bound_is_that_of_Clopper_and_Pearson(int successes, int trials, double alpha, double expected)
    {
        var found = ClopperPearson.Lower(successes, trials, alpha);
        Assert.InRange(found, expected - 1e-8, expected);
    }

    [Theory]
    [InlineData(100, 0.933254, 1.500475)]
    [InlineData(1_000, 0.993116, 2.463263)]
    [InlineData(10_000, 0.999309, 3.198578)]
    [InlineData(100_000, 0.999931, 3.811457)]
    public void All_draws_alike_give_the_radius_of_the_formula(int draws, double probability, double radius)
    {
        var found = ClopperPearson.Lower(draws, draws, 0.001);
        Assert.Equal(probability, found, 5e-7);
        Assert.Equal(radius, new RandomizedSmoothing(1).Radius(found), 2e-6);
        Assert.Equal(radius / 4, new RandomizedSmoothing(0.25).Radius(found), 2e-6);
    }

    [Fact]
    public void The_bound_fails_as_rarely_as_it_says()
    {
        var random = new Random(5);
        var failures = 0;
        for (var run = 0; run < 2000; run++)
        {
            var successes = Enumerable.Range(0, 200).Count(_ => random.NextDouble() < 0.8);
            failures += ClopperPearson.Lower(successes, 200, 0.05) > 0.8 ? 1 : 0;
        }

        // 5 % of 2,000 and four deviations.
        Assert.InRange(failures, 40, 140);
    }

    /// <summary>Which side of a plane: the smoothed classifier's radius is the distance to the plane, at any sigma.
    /// </summary>
    sealed class HalfSpace() : Classifier(nameof(HalfSpace))
    {
        public override Tensor forward(Tensor images)
        {
            var side = images.mean([1, 2, 3]) - 0.5;
            return stack([side, -side], 1);
        }
    }

    [Fact]
    public void The_radius_of_a_half_space_is_below_its_distance_and_near_it()
    {
        using var scope = NewDisposeScope();
        var classifier = new HalfSpace();
        classifier.eval();
        var images = cat([full(1, 1, 4, 4, 0.52f), full(1, 1, 4, 4, 0.47f), full(1, 1, 4, 4, 0.5003f)]);
        // Noise of 0.1 around the middle is next to never cut off.
        var certificate = new RandomizedSmoothing(0.1) { Counting = 20_000, Seed = 1 }.Certify(classifier, images);

        Assert.Equal(Norm.L2, certificate.Norm);
        Assert.Equal(0.999, certificate.Confidence, 1e-12);
        Assert.Equal([0L, 1L, Decision.Reject], certificate.Labels.data<long>());
        Assert.InRange(certificate.Radii[0].item<double>(), 0.073, 0.08);
        Assert.InRange(certificate.Radii[1].item<double>(), 0.11, 0.12);
        Assert.Equal(0, certificate.Radii[2].item<double>());
    }

    [Fact]
    public void The_same_seed_gives_an_image_the_same_certificate_whatever_it_is_certified_with()
    {
        using var scope = NewDisposeScope();
        var classifier = new HalfSpace();
        classifier.eval();
        manual_seed(2);
        var images = 0.47 + (0.06 * rand(6, 1, 4, 4));
        var smoothing = new RandomizedSmoothing(0.2) { Counting = 500, Seed = 3 };
        var all = smoothing.Certify(classifier, images);
        var last = smoothing.Certify(classifier, images.narrow(0, 4, 2));
        Assert.True(all.Radii.narrow(0, 4, 2).Equals(last.Radii) && all.Labels.narrow(0, 4, 2).Equals(last.Labels));
    }

    [Fact]
    public void SmoothAdv_steps_raise_the_loss_of_the_smoothed_classifier()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var network = Sequential(Flatten(), Linear(16, 12), ReLU(), Linear(12, 3));
        network.eval();
        using (no_grad())
        {
            foreach (var parameter in network.parameters())
                parameter.mul_(3);
        }

        var images = 0.3 + (0.4 * rand(8, 1, 4, 4));
        var labels = network.call(images).argmax(1);
        Tensor At(double epsilon, int steps) => new SmoothedPgdPerturbation(0.05, epsilon, steps, draws: 4)
            .Of(network, images, labels, seed: 9);

        var (noisy, attacked) = (At(1e-6, 1), At(0.5, 4));
        var moved = (attacked - noisy).flatten(1).square().sum(1).sqrt();
        Assert.True(moved.le(0.501).all().item<bool>());
        Assert.True(Loss(attacked) > Loss(noisy) + 0.3, $"{Loss(attacked)} and {Loss(noisy)}");

        double Loss(Tensor x) => functional.cross_entropy(network.call(x), labels).item<float>();
    }

    [Fact]
    public void Impossible_numbers_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomizedSmoothing(0));
        var classifier = new HalfSpace();
        classifier.eval();
        using var images = zeros(1, 1, 2, 2);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new RandomizedSmoothing(1) { Alpha = 1 }.Certify(classifier, images));
    }
}
