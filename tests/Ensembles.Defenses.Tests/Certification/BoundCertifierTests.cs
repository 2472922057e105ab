using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Certification;

public class BoundCertifierTests
{
    /// <summary>A network trained on clean images, and a few images of its kind.</summary>
    static readonly Lazy<(NetworkClassifier Network, LabeledImages Images)> trained = new(() =>
    {
        random.manual_seed(1);
        var network = new UndefendedClassifier(new MlpFactory(1, Bars.Size, Bars.Classes, 12, 8));
        network.Train(Bars.Make(120, seed: 1), new TrainingOptions { Seed = 1, Epochs = 8 });
        network.eval();
        return (network, Bars.Make(24, seed: 2));
    });

    static readonly BoundCertifier[] certifiers =
    [
        new(new IntervalBounds()), new(), new(new CrownBounds { Steps = 5 }),
    ];

    [Fact]
    public void The_radius_of_a_linear_classifier_is_its_distance_to_the_boundary()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var linear = Linear(9, 3);
        var classifier = Sequential(Flatten(), linear);
        classifier.eval();
        var images = 0.4 + (0.2 * rand(6, 1, 3, 3));
        var logits = classifier.call(images).detach();
        var labels = logits.argmax(1);
        var weights = linear.weight!.detach();
        // min_k (z_y - z_k) / |w_y - w_k|_1
        var lengths = (weights.index_select(0, labels).unsqueeze(1) - weights).abs().sum(2);
        var distances = ((logits.gather(1, labels.unsqueeze(1)) - logits) / lengths)
            .nan_to_num(1e9).amin([1]);

        foreach (var certifier in certifiers)
        {
            var certificate = certifier.Certify(classifier, images);
            Assert.Equal(Norm.Linf, certificate.Norm);
            Assert.True(certificate.Labels.Equals(labels));
            Assert.True(certificate.Radii.le(distances).all().item<bool>());
            Assert.True((distances.clamp(max: 0.4) - certificate.Radii).max().item<double>() < 2e-3);
        }
    }

    [Fact]
    public void No_attack_finds_what_is_certified_away()
    {
        using var scope = NewDisposeScope();
        var (network, images) = trained.Value;
        var certificates = certifiers.Select(certifier => certifier.Certify(network, images.Images)).ToArray();
        foreach (var epsilon in new[] { 0.01, 0.03 })
        {
            using var found = new Pgd { Steps = 40, Restarts = 3, Loss = AttackLoss.Margin }.Run(
                AttackSurface.FromClassifier(network), images.Images, images.Labels,
                new ThreatModel(Norm.Linf, epsilon), new AttackOptions());
            var fallen = tensor([.. found.Success]);
            foreach (var certificate in certificates)
                Assert.False(certificate.Holds(images.Labels, epsilon).logical_and(fallen).any().item<bool>());
        }

        // Linear bounds prove more than intervals, and optimised ones no less than fixed ones but for the search.
        var radii = certificates.Select(certificate => certificate.Radii.mean().item<double>()).ToArray();
        Assert.True(radii[0] > 1e-3, $"{radii[0]}");
        Assert.True(radii[1] > 1.2 * radii[0], string.Join(", ", radii));
        Assert.True(radii[2] > radii[1] - 1e-3, string.Join(", ", radii));
    }

    [Fact]
    public void Accuracy_at_a_radius_is_what_the_certificates_say()
    {
        using var scope = NewDisposeScope();
        var (network, images) = trained.Value;
        var certificate = certifiers[1].Certify(network, images.Images);
        var holds = certifiers[1].Holds(network, images.Images, images.Labels, 0.02);

        Assert.Equal(
            certificate.Accuracy(images.Labels, 0.02),
            holds.to_type(ScalarType.Float64).mean().item<double>(), 1.5 / images.Count);
        Assert.Equal(Bars.Accuracy(network, images), certificate.Accuracy(images.Labels, 0), 1e-9);
    }

    [Fact]
    public void A_tie_is_no_label_and_nothing_is_proven()
    {
        using var scope = NewDisposeScope();
        var linear = Linear(4, 3);
        using (no_grad())
        {
            linear.weight!.fill_(0.25f);
            linear.bias!.fill_(0);
        }

        var classifier = Sequential(Flatten(), linear);
        classifier.eval();
        var certificate = certifiers[1].Certify(classifier, rand(2, 1, 2, 2));
        Assert.True(certificate.Labels.eq(Decision.Reject).all().item<bool>());
        Assert.True(certificate.Radii.eq(0).all().item<bool>());
    }

    [Fact]
    public void Other_images_and_radii_are_refused()
    {
        using var scope = NewDisposeScope();
        var (network, images) = trained.Value;
        Assert.Throws<ArgumentException>(() => certifiers[0].Certify(network, images.Images * 2));
        Assert.Throws<ArgumentException>(() => certifiers[0].Certify(network, images.Images.narrow(0, 0, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new BoundCertifier { LargestRadius = 0 }.Certify(network, images.Images));
    }
}
