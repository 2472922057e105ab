using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Perturbations;

/// <summary>
/// In training a plan answers for the classifier while its images are perturbed, with the weights of the moment,
/// whichever function of the logits is raised.
/// </summary>
public class PlannedStepsTests
{
    static readonly Dictionary<string, Func<TrainingLoss?>> raised = new()
    {
        ["cross-entropy of its own"] = () => null,
        ["a sum"] = () => new CrossEntropy() + 0.5 * new BoostedCrossEntropy(),
        ["divergence"] = () => new CleanDivergence(),
        ["weighted divergence"] = () => new MisclassifiedDivergence(),
        ["logit pairing"] = () => new CrossEntropy() + 0.5 * new LogitPairing(),
        ["cross-entropy at a temperature"] = () => new DistillationLoss(5),
    };

    public static TheoryData<string> Raised => [.. raised.Keys];

    [Theory]
    [MemberData(nameof(Raised))]
    public void Gradients_are_those_of_the_classifier_at_the_moment(string name)
    {
        var loss = raised[name]();
        var differences = new List<double>();
        var moved = new List<double>();
        Tensor? last = null;
        Train(batch =>
        {
            var probes = linspace(0, 1, batch.Images.numel()).view(batch.Images.shape);
            var given = batch.Gradient(probes, loss);
            Assert.True(batch.Plans!.Any);
            var own = loss is null
                ? (batch with { Plans = null }).Gradient(probes)
                : batch.Gradient(probes, new OfMore(loss));
            differences.Add(Distance(given, own));
            moved.Add(last is null ? 1 : Distance(last, own));
            last?.Dispose();
            last = own.alias().DetachFromDisposeScope();
            return batch.Images.alias();
        });

        last?.Dispose();
        Assert.Equal(6, differences.Count);
        Assert.All(differences, difference => Assert.InRange(difference, 0, 1e-4));
        Assert.All(moved, distance => Assert.True(distance > 0.01, $"weights moved the gradient by {distance}"));
    }

    /// <summary>In L2, where a step follows the gradient and not its sign.</summary>
    [Theory]
    [MemberData(nameof(Raised))]
    public void Images_are_those_of_the_classifier_itself_and_come_out_the_same_again(string name)
    {
        var loss = raised[name]();
        var perturbation = Steps(loss);
        var ownSteps = loss is null ? perturbation : Steps(new OfMore(loss));
        var seen = 0;
        Train(batch =>
        {
            var planned = perturbation.Of(batch);
            var own = ownSteps.Of(batch with { Plans = null });
            TensorAssert.Near(own, planned, 1e-3);
            Assert.True((planned - batch.Images).norm().item<float>() > 0.5);
            Assert.True(planned.Equals(perturbation.Of(batch)));
            seen++;
            return planned;
        });
        Assert.Equal(6, seen);

        static PgdPerturbation Steps(TrainingLoss? raised) =>
            new(0.5, steps: 4) { Norm = Norm.L2, Raised = raised, StartDeviation = 0.05 };
    }

    [Fact]
    public void A_loss_of_features_that_says_it_is_of_logits_is_told_so()
    {
        using var images = Bars.Make(6, seed: 1);
        using var classifier = new Watched(batch =>
        {
            var message = Assert.Throws<InvalidOperationException>(
                () => batch.Gradient(batch.Images, new Pretender())).Message;
            Assert.Contains(nameof(TrainingLoss.IsOfLogits), message);
            return batch.Images.alias();
        });
        classifier.Train(images, new TrainingOptions { Epochs = 1 });
    }

    static double Distance(Tensor a, Tensor b) => ((a - b).norm() / b.norm()).item<float>();

    /// <summary>Six steps, each of which moves the weights far.</summary>
    static void Train(Func<PerturbedBatch, Tensor> perturb)
    {
        using var images = Bars.Make(30, seed: 1);
        manual_seed(1);
        using var classifier = new Watched(perturb);
        classifier.Train(images, new TrainingOptions { Epochs = 2, BatchSize = 10, LearningRate = 0.05 });
    }

    sealed class Watched(Func<PerturbedBatch, Tensor> perturb) : NetworkClassifier(Bars.Networks)
    {
        public override Perturbation? Perturbation { get; init; } = new Watching(perturb);
    }

    sealed class Watching(Func<PerturbedBatch, Tensor> perturb) : Perturbation
    {
        public override Tensor Of(PerturbedBatch batch)
        {
            using var scope = NewDisposeScope();
            using var mode = ModuleMode.Keep(batch.Classifier);
            batch.Classifier.eval();
            return perturb(batch).MoveToOuterDisposeScope();
        }
    }

    /// <summary>A loss that does not say it is of logits, so that the classifier itself is called.</summary>
    sealed class OfMore(TrainingLoss loss) : TrainingLoss
    {
        public override Tensor Of(LossContext batch)
        {
            Assert.Equal(2, batch.Features.dim());
            return loss.Of(batch);
        }
    }

    sealed class Pretender : TrainingLoss
    {
        protected internal override bool IsOfLogits => true;

        public override Tensor Of(LossContext batch) => batch.Features.sum();
    }
}
