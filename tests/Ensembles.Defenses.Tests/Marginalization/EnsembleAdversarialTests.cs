using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Marginalization;

public class EnsembleAdversarialTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0 / 6)]
    [InlineData(0.5)]
    public void The_perturbation_stays_in_the_ball_and_in_the_box(double randomShare)
    {
        using var scope = NewDisposeScope();
        using var source = Bars.Networks.Create();
        var images = rand(20, 1, Bars.Size, Bars.Size).round();
        var perturbed = DrawnSourceStep.Of(source, images, 0.2, randomShare);
        Assert.True((perturbed - images).abs().max().item<float>() <= 0.2 + 1e-6);
        Assert.True(perturbed.min().item<float>() >= 0 && perturbed.max().item<float>() <= 1);
        Assert.False(perturbed.requires_grad);
    }

    /// <summary>
    /// Two classes, z = (w.x, -w.x): the gradient of CE points away from the predicted class along the sign of w, and
    /// the margin falls by exactly 2 epsilon |w|_1. With w = (0.5, -2, 0.25) and epsilon 0.1, |w|_1 epsilon = 0.275.
    /// </summary>
    [Fact]
    public void Fgsm_lowers_a_linear_margin_by_epsilon_times_the_l1_norm()
    {
        using var scope = NewDisposeScope();
        using var linear = new LinearPair();
        var images = full(2, 1, 1, 3, 0.5f) + tensor(new[] { 0.1f, -0.1f }).view(2, 1, 1, 1);
        var perturbed = DrawnSourceStep.Of(linear, images, 0.1, randomShare: 0);
        var (before, after) = (linear.call(images)[.., 0], linear.call(perturbed)[.., 0]);
        TensorAssert.Near(before.abs() - 0.275, after * before.sign(), 1e-6);
    }

    sealed class LinearPair() : Module<Tensor, Tensor>(nameof(LinearPair))
    {
        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            var z = images.flatten(1).matmul(tensor([0.5f, -2, 0.25f]));
            return stack([z, -z], 1).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void Static_sources_are_drawn_and_left_as_they_are_without_gradients()
    {
        using var training = Bars.Make(120, seed: 1);
        using var first = new Counting(Bars.Networks.Create());
        using var second = new Counting(Bars.Networks.Create());
        var before = first.state_dict().ToDictionary(t => t.Key, t => t.Value.detach().clone());
        using var classifier = new EnsembleAdversarialClassifier(Bars.Networks) { Epsilon = 0.1 };
        classifier.Train(training, new TrainingOptions { Epochs = 10, BatchSize = 20 }, [first, second]);

        Assert.All(first.parameters().Concat(second.parameters()), p => Assert.Null(p.grad));
        foreach (var (name, value) in first.state_dict())
            Assert.True(value.Equals(before[name]), name);
        // 60 batches, each source for a third of them: 20 +- 3.7
        Assert.InRange(first.Calls, 9, 31);
        Assert.InRange(second.Calls, 9, 31);
        Assert.InRange(first.Calls + second.Calls, 29, 51);
    }

    sealed class Counting : Module<Tensor, Tensor>
    {
        readonly FeatureNetwork network;

        public Counting(FeatureNetwork network) : base(nameof(Counting))
        {
            this.network = network;
            RegisterComponents();
        }

        public int Calls { get; private set; }

        public override Tensor forward(Tensor images)
        {
            Calls++;
            return network.call(images);
        }
    }

    /// <summary>Goodfellow et al. 2014 [12], written out: one batch, one step of gradient descent by Adam.</summary>
    [Fact]
    public void Without_static_sources_it_is_adversarial_training_on_its_own_single_steps()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(30, seed: 1);
        using var trained = (EnsembleAdversarialClassifier)Trainables.Make(nameof(EnsembleAdversarialClassifier));
        trained.RandomShare = 0;
        using var reference = (EnsembleAdversarialClassifier)Trainables.Make(nameof(EnsembleAdversarialClassifier));
        trained.Train(training, new TrainingOptions { Epochs = 1, BatchSize = 30, LearningRate = 1e-3 }, []);

        var images = training.Images.detach().clone().requires_grad_();
        var logits = reference.call(images);
        functional.cross_entropy(logits, logits.argmax(1)).backward();
        var adversarial = (images + (0.1 * images.grad!.sign())).clamp(0, 1).detach();
        using var adam = new TorchSharp.Modules.Adam(reference.parameters().ToArray(), 1e-3);
        adam.zero_grad();
        var loss = (0.5 * functional.cross_entropy(reference.call(training.Images), training.Labels))
            + (0.5 * functional.cross_entropy(reference.call(adversarial), training.Labels));
        loss.backward();
        adam.step();
        foreach (var (name, parameter) in reference.named_parameters())
            TensorAssert.Near(parameter.detach(), trained.state_dict()[name].detach(), 2e-5);
    }

    [Fact]
    public void It_trains_its_own_static_sources_first_and_itself_for_twice_the_epochs()
    {
        using var training = Bars.Make(60, seed: 1);
        using var classifier = new EnsembleAdversarialClassifier(Bars.Networks) { Epsilon = 0.1 };
        var stages = new List<string>();
        classifier.Train(training, new TrainingOptions { Epochs = 2, BatchSize = 60, Progress = new Stages(stages) });
        Assert.Equal(
            [
                "source 1 of 2", "source 1 of 2", "source 2 of 2", "source 2 of 2",
                "network", "network", "network", "network",
            ],
            stages);
    }

    sealed class Stages(List<string> stages) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => stages.Add(value.Stage);
    }

    [Fact]
    public void Images_perturbed_on_another_network_are_classified_better_than_by_the_twin()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(240, seed: 1);
        using var held = Bars.Make(120, seed: 2);
        var run = new TrainingOptions { Seed = 1, Epochs = 12, BatchSize = 32, LearningRate = 3e-3 };
        using var twin = (UndefendedClassifier)Trainables.Make(nameof(UndefendedClassifier));
        using var stranger = (UndefendedClassifier)Trainables.Make(nameof(UndefendedClassifier), seed: 9);
        using var defended = (EnsembleAdversarialClassifier)Trainables.Make(nameof(EnsembleAdversarialClassifier));
        defended.Epsilon = 0.3;
        twin.Train(training, run);
        stranger.Train(training, run with { Seed = 2 });
        defended.Train(training, run);
        using var perturbed = new LabeledImages(
            DrawnSourceStep.Of(stranger, held.Images, 0.3, 0), held.Labels.alias(), Bars.Classes);
        var (its, twins) = (Bars.Accuracy(defended, perturbed), Bars.Accuracy(twin, perturbed));
        Assert.True(its > twins + 0.1, $"{its} against {twins}");
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(-1, 0.1)]
    [InlineData(0.1, 1)]
    [InlineData(0.1, -0.1)]
    public void Impossible_sizes_are_refused(double epsilon, double randomShare)
    {
        using var training = Bars.Make(30, seed: 1);
        using var classifier = new EnsembleAdversarialClassifier(Bars.Networks)
        {
            Epsilon = epsilon, RandomShare = randomShare,
        };
        Assert.Throws<ArgumentOutOfRangeException>(() => classifier.Train(training, new TrainingOptions(), []));
    }
}
