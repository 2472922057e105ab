using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Certification;

public class SmoothedClassifierTests
{
    static readonly Lazy<(SmoothedClassifier Trained, LabeledImages Images)> given = new(() =>
    {
        random.manual_seed(1);
        var trained = new SmoothedClassifier(new MlpFactory(1, Bars.Size, Bars.Classes, 24), deviation: 0.15)
        {
            Smoothing = new RandomizedSmoothing(0.15) { Counting = 2000 },
        };
        trained.Train(Bars.Make(240, seed: 1), new TrainingOptions { Seed = 1, Epochs = 12, BatchSize = 16 });
        trained.eval();
        return (trained, Bars.Make(30, seed: 2));
    });

    [Fact]
    public void Its_votes_keep_the_certified_label_inside_the_radius()
    {
        using var scope = NewDisposeScope();
        var (trained, images) = given.Value;
        var certificate = trained.Certify(images.Images);
        Assert.Equal(Norm.L2, certificate.Norm);
        Assert.InRange(certificate.Accuracy(images.Labels, 0.1), 0.6, 1);

        // The direction of the surrogate's gradient against the label, as far as the radius.
        var x = images.Images.detach().requires_grad_();
        var labels = certificate.Labels.clamp(min: 0);
        var lost = nn.functional.cross_entropy(trained.call(x), labels, reduction: nn.Reduction.Sum);
        var gradient = autograd.grad([lost], [x])[0];
        using var noGradient = no_grad();
        var lengths = gradient.flatten(1).square().sum(1).sqrt().clamp(min: 1e-12);
        var reach = (certificate.Radii.to_type(ScalarType.Float32) / lengths).view(-1, 1, 1, 1);
        var moved = (images.Images + (reach * gradient)).clamp(0, 1);
        foreach (var at in new[] { images.Images, moved })
        {
            var kept = Ballot.Argmax(trained.call(at)).eq(certificate.Labels).logical_or(certificate.Radii.eq(0));
            Assert.True(kept.all().item<bool>());
        }
    }

    [Fact]
    public void Its_radius_is_what_the_sampled_vote_leaves_of_the_theorem()
    {
        using var scope = NewDisposeScope();
        var (trained, images) = given.Value;
        var own = trained.Certify(images.Images);
        var limit = trained.Smoothing.Certify(new Alone(trained), images.Images);
        // Of 100 votes 50 or more go against q = 0.6552 with probability 0.001 (binomial tail), and Phi^-1(q) = 0.3994.
        Assert.Equal(0.6552, trained.Smoothing.Winning(100), 1e-4);
        var positive = own.Radii.gt(0);
        Assert.True(positive.sum().item<long>() > 20);
        TensorAssert.Near(
            full(positive.sum().item<long>(), 0.15 * 0.3994, dtype: ScalarType.Float64),
            (limit.Radii - own.Radii).masked_select(positive), 1e-3);
        Assert.Equal(0.998, own.Confidence, 1e-12);
    }

    [Fact]
    public void Logits_are_shares_of_votes_and_the_surrogate_is_their_mean_probability()
    {
        using var scope = NewDisposeScope();
        var (trained, images) = given.Value;
        using var noGradient = no_grad();
        random.manual_seed(3);
        var shares = trained.call(images.Images).exp();
        random.manual_seed(3);
        var means = trained.surrogate(images.Images).exp();
        TensorAssert.Near(ones(images.Count), shares.sum(1), 1e-5);
        TensorAssert.Near(ones(images.Count), means.sum(1), 1e-5);
        var votes = (shares * 101) - (1.0 / shares.size(1));
        TensorAssert.Near(votes.round(), votes, 1e-2);
    }

    [Fact]
    public void SmoothAdv_sees_the_network_alone_and_another_deviation_is_refused()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var networks = new MlpFactory(1, Bars.Size, Bars.Classes, 16);
        var trained = new SmoothedClassifier(networks, deviation: 0.15)
        {
            Perturbation = new SmoothedPgdPerturbation(0.15, epsilon: 0.2),
        };
        trained.Train(Bars.Make(240, seed: 1), new TrainingOptions { Seed = 1, Epochs = 12, BatchSize = 16 });
        trained.eval();
        Assert.InRange(Bars.Accuracy(trained, Bars.Make(30, seed: 2)), 0.6, 1);
        Assert.Throws<ArgumentException>(
            () => new SmoothedClassifier(networks, 0.25) { Smoothing = new RandomizedSmoothing(0.5) });
    }

    /// <summary>The network without the vote.</summary>
    sealed class Alone : Classifier
    {
        readonly SmoothedClassifier smoothed;

        public Alone(SmoothedClassifier smoothed) : base(nameof(Alone))
        {
            this.smoothed = smoothed;
            eval();
        }

        public override Tensor forward(Tensor images) =>
            ((nn.Module<Tensor, Tensor>)smoothed.Layers[0]).call(images);
    }
}
