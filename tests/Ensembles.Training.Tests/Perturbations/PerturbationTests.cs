using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training.Tests.Perturbations;

public class PerturbationTests
{
    public static TheoryData<string, Norm, double> Balls => new()
    {
        { "fgsm", Norm.Linf, 0.1 }, { "fgsm", Norm.L2, 0.7 }, { "pgd", Norm.Linf, 0.1 }, { "pgd", Norm.L2, 0.7 },
    };

    [Theory]
    [MemberData(nameof(Balls))]
    public void Stays_in_the_ball_and_the_box_and_raises_the_loss(string name, Norm norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(30, seed: 1);
        manual_seed(1);
        using var classifier = new Plain(Bars.Networks);
        classifier.Train(images, new TrainingOptions { Epochs = 8, LearningRate = 3e-3 });
        Perturbation perturbation = name == "fgsm"
            ? new FgsmPerturbation(epsilon) { Norm = norm }
            : new PgdPerturbation(epsilon) { Norm = norm };
        classifier.train();
        classifier.zero_grad();
        var perturbed = perturbation.Of(classifier, images.Images, images.Labels, seed: 3);

        Assert.True(classifier.training);
        Assert.False(perturbed.requires_grad);
        Assert.All(classifier.parameters(), p => Assert.True(p.grad is null || p.grad.abs().sum().item<float>() == 0));
        Assert.True(norm.Distances(perturbed, images.Images).max().item<double>() <= epsilon);
        Assert.True(perturbed.min().item<float>() >= 0 && perturbed.max().item<float>() <= 1);
        Assert.True(Loss(perturbed) > Loss(images.Images) + 0.05f, $"{Loss(images.Images)} to {Loss(perturbed)}");
        Assert.True(perturbed.Equals(perturbation.Of(classifier, images.Images, images.Labels, seed: 3)));
        Assert.False(perturbed.Equals(perturbation.Of(classifier, images.Images, images.Labels, seed: 4)));

        float Loss(Tensor x) => functional.cross_entropy(classifier.call(x), images.Labels).item<float>();
    }

    /// <summary>Steps that raise a loss of the features instead go where that loss is higher.</summary>
    [Fact]
    public void Raises_another_loss_when_told_to()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(30, seed: 1);
        manual_seed(1);
        using var classifier = new Plain(Bars.Networks);
        var centers = new CenterLoss();
        classifier.Build(centers);
        var perturbation = new PgdPerturbation(0.1) { Raised = centers };
        var step = new TrainingStep(1, 1, 1, 1, 0);
        var batch = new PerturbedBatch(classifier, images.Images, images.Labels, step) { Evaluate = Evaluate };
        var raised = centers.Of(Evaluate(perturbation.Of(batch))).item<float>();
        Assert.True(raised > 1.1f * centers.Of(Evaluate(images.Images)).item<float>());

        LossContext Evaluate(Tensor x) => new(x, classifier.features(x), classifier.call(x), images.Labels);
    }

    /// <summary>
    /// What it raises is the divergence from the predictions for the clean images, computed once for all steps.
    /// </summary>
    [Fact]
    public void Raises_the_divergence_from_clean_predictions_when_it_starts_beside_the_clean_images()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(30, seed: 1);
        manual_seed(1);
        using var classifier = new Plain(Bars.Networks);
        var clean = classifier.call(images.Images).detach();
        var passes = 0;
        var step = new TrainingStep(1, 1, 1, 1, 0);
        var batch = new PerturbedBatch(classifier, images.Images, images.Labels, step);
        classifier.register_forward_hook((_, _, output) =>
        {
            passes++;
            return output;
        });
        var beside = new PgdPerturbation(0.1) { Raised = new CleanDivergence(), StartDeviation = 0.001 };
        var perturbed = beside.Of(batch);
        Assert.Equal(1 + 10, passes);
        Assert.Equal(0.1, Norm.Linf.Distances(perturbed, images.Images).max().item<double>(), 1e-6);
        var noise = (images.Images + (0.1 * randn_like(images.Images).sign())).clamp(0, 1);
        Assert.True(Divergence(perturbed) > 5 * Divergence(noise), $"{Divergence(perturbed)}, {Divergence(noise)}");

        float Divergence(Tensor x) => CleanDivergence.Each(clean, classifier.call(x)).mean().item<float>();
    }

    /// <summary>Half a run of ten steps warms up: a fifth of the radius in the first step, all of it from the fifth on.
    /// </summary>
    [Theory]
    [InlineData(1, 0.02)]
    [InlineData(3, 0.06)]
    [InlineData(5, 0.1)]
    [InlineData(10, 0.1)]
    public void The_radius_grows_while_training_warms_up(int batch, double expected)
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(30, seed: 1);
        manual_seed(1);
        using var classifier = new Plain(Bars.Networks);
        var step = new TrainingStep(1, 1, batch, Batches: 10, Seed: 3);
        foreach (var perturbation in (Perturbation[])
            [new FgsmPerturbation(0.1) { WarmUp = 0.5 }, new PgdPerturbation(0.1) { WarmUp = 0.5 }])
        {
            var perturbed = perturbation.Of(new PerturbedBatch(classifier, images.Images, images.Labels, step));
            Assert.Equal(expected, Norm.Linf.Distances(perturbed, images.Images).max().item<double>(), 1e-6);
        }
    }

    [Fact]
    public void A_warm_up_longer_than_the_run_is_refused()
    {
        using var images = Bars.Make(2, seed: 1);
        using var classifier = new Plain(Bars.Networks);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new FgsmPerturbation(0.1) { WarmUp = 1.5 }.Of(classifier, images.Images, images.Labels));
    }

    public static TheoryData<int, int> Pairs
    {
        get
        {
            var pairs = new TheoryData<int, int>();
            for (var loss = 0; loss < losses.Length; loss++)
            {
                for (var perturbation = 0; perturbation < perturbations.Length; perturbation++)
                    pairs.Add(loss, perturbation);
            }

            return pairs;
        }
    }

    static readonly Func<TrainingLoss>[] losses =
    [
        () => new CrossEntropy(),
        () => new CrossEntropy() + 0.03 * new CenterLoss(),
        () => 0.5 * new CrossEntropy().OnClean() + 0.5 * new CrossEntropy(),
        () => new CrossEntropy().OnClean() + new CleanDivergence(),
        () => new BoostedCrossEntropy() + new MisclassifiedDivergence(),
    ];

    static readonly Func<Perturbation?>[] perturbations =
    [
        () => null,
        () => new FgsmPerturbation(0.05),
        () => new PgdPerturbation(0.05, steps: 3),
        () => new PgdPerturbation(0.3, steps: 3) { Norm = Norm.L2, Raised = new CrossEntropy() },
        () => new PgdPerturbation(0.05, steps: 3) { Raised = new CleanDivergence(), StartDeviation = 0.001 },
    ];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Any_loss_trains_with_any_perturbation(int loss, int perturbation)
    {
        using var training = Bars.Make(120, seed: 1);
        manual_seed(1);
        using var classifier = new Any(Bars.Networks, losses[loss]()) { Perturbation = perturbations[perturbation]() };
        classifier.Train(training, new TrainingOptions { Epochs = 20, LearningRate = 3e-3 });
        Assert.True(Bars.Accuracy(classifier, training) > 0.8, $"{Bars.Accuracy(classifier, training)}");
    }

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public void Build(TrainingLoss loss) => loss.Build(modules().OfType<FeatureNetwork>().Single());
    }

    sealed class Any(INetworkFactory networks, TrainingLoss loss) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = loss;
    }
}
