using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Certification;

public class IntervalBoundTrainingTests
{
    const double Epsilon = 0.05;

    static readonly MlpFactory networks = new(1, Bars.Size, Bars.Classes, 24, 16);

    static readonly Lazy<(IntervalBoundClassifier Trained, UndefendedClassifier Plain, LabeledImages Images)> given =
        new(() =>
        {
            var training = Bars.Make(240, seed: 1);
            random.manual_seed(1);
            var trained = new IntervalBoundClassifier(networks, epsilon: 0.07);
            trained.Train(training, new TrainingOptions { Seed = 1, Epochs = 30, BatchSize = 16 });
            trained.eval();
            random.manual_seed(1);
            var plain = new UndefendedClassifier(networks);
            plain.Train(training, new TrainingOptions { Seed = 1, Epochs = 8 });
            plain.eval();
            return (trained, plain, Bars.Make(45, seed: 2));
        });

    [Fact]
    public void Trained_by_bounds_a_network_is_certified_where_a_plain_one_is_not()
    {
        using var scope = NewDisposeScope();
        var (trained, plain, images) = given.Value;
        var crown = new BoundCertifier();
        var byTraining = trained.Certify(images.Images).Accuracy(images.Labels, Epsilon);
        var ofPlain = Share(crown.Holds(plain, images.Images, images.Labels, Epsilon));

        Assert.InRange(Bars.Accuracy(trained, images), 0.8, 1);
        Assert.True(byTraining > ofPlain + 0.3, $"{byTraining} and {ofPlain}");
        // Linear bounds prove no less of it than the intervals that it was trained on.
        Assert.InRange(Share(crown.Holds(trained, images.Images, images.Labels, Epsilon)), byTraining - 1e-9, 1);
    }

    [Fact]
    public void What_is_certified_withstands_attacks_image_by_image()
    {
        using var scope = NewDisposeScope();
        var (trained, _, images) = given.Value;
        var certified = trained.Certify(images.Images).Holds(images.Labels, Epsilon);
        IAttack[] attacks =
            [new Pgd { Steps = 40, Restarts = 3, Loss = AttackLoss.Margin }, new Apgd { Steps = 50 }];
        foreach (var attack in attacks)
        {
            using var found = attack.Run(
                AttackSurface.FromClassifier(trained), images.Images, images.Labels,
                new ThreatModel(Norm.Linf, Epsilon), new AttackOptions());

            var fallen = tensor([.. found.Success]);
            Assert.False(certified.logical_and(fallen).any().item<bool>());
            Assert.True(Share(certified) <= 1 - Share(fallen));
        }
    }

    [Fact]
    public void It_measures_the_strength_that_it_claims()
    {
        var (trained, plain, images) = given.Value;
        var measured = CertifiedRadius.Measure(trained, plain, images);
        Assert.True(measured.Holds);
        Assert.InRange(measured.Defense, 0.7, 1);
    }

    [Fact]
    public void The_worst_logits_are_those_of_the_bounds()
    {
        using var scope = NewDisposeScope();
        var (trained, _, images) = given.Value;
        var (lower, upper) = ((images.Images - 0.05).clamp(0, 1), (images.Images + 0.05).clamp(0, 1));
        var differences = new IntervalBounds().Differences(trained, lower, upper, images.Labels);

        var worst = new IntervalBoundLoss(0.05).Worst(trained, images.Images, images.Labels, share: 1);
        Assert.True(worst.requires_grad);
        TensorAssert.Near(-differences, worst.detach(), 1e-4);
        TensorAssert.Near(
            -(trained.call(images.Images).gather(1, images.Labels.unsqueeze(1)) - trained.call(images.Images)),
            new IntervalBoundLoss(0.05).Worst(trained, images.Images, images.Labels, share: 0), 1e-3);
    }

    [Fact]
    public void Worst_logits_of_CROWN_IBP_hold_samples_at_every_share_of_the_ramp_and_end_as_intervals()
    {
        using var scope = NewDisposeScope();
        var (trained, _, images) = given.Value;
        var (linear, intervals) = (new CrownIntervalBoundLoss(0.05), new IntervalBoundLoss(0.05));
        foreach (var share in new[] { 0.2, 0.6, 1 })
        {
            var worst = linear.Worst(trained, images.Images, images.Labels, share);
            var box = intervals.Worst(trained, images.Images, images.Labels, share);
            for (var sample = 0; sample < 20; sample++)
            {
                var steps = (rand_like(images.Images) - 0.5).sign() * (0.05 * share);
                var logits = trained.call((images.Images + steps).clamp(0, 1));
                Assert.True((logits - logits.gather(1, images.Labels.unsqueeze(1))).le(worst).all().item<bool>());
            }

            if (share == 1)
                TensorAssert.Near(box, worst, 1e-6);
            else
                Assert.True(worst.sum().item<float>() < box.sum().item<float>());
        }

        // Where a ReLU's ends meet nothing is divided by their distance.
        var parameters = trained.parameters().ToArray();
        var gradients = autograd.grad(
            [linear.Worst(trained, zeros_like(images.Images), images.Labels, 0.5).sum()], parameters);
        Assert.All(gradients, gradient => Assert.True(gradient.isfinite().all().item<bool>()));
        Assert.Contains(gradients, gradient => gradient.abs().max().item<float>() > 0);
    }

    [Fact]
    public void Impossible_radii_and_weights_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntervalBoundLoss(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntervalBoundLoss(0.1, kappa: 1.5));
    }

    static double Share(Tensor flags) => flags.to_type(ScalarType.Float64).mean().item<double>();
}
