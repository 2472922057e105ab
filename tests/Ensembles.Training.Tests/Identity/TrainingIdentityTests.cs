using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training.Tests.Identity;

/// <summary>
/// What a checkpoint's identity is read from: a change of it is refused, by its name, and nothing else is.
/// </summary>
public sealed class TrainingIdentityTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;
    readonly LabeledImages images = Bars.Make(30, seed: 1);

    TrainingOptions Options => new()
    {
        Epochs = 1, CheckpointPath = Path.Combine(folder, "run.safetensors"), Optimizer = new SgdOptimizer(),
    };

    public void Dispose()
    {
        images.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("Guided.Perturbation.Epsilon", 0.2, 5, 0.03, 1, 0.9)]
    [InlineData("Guided.Perturbation.Steps", 0.1, 6, 0.03, 1, 0.9)]
    [InlineData("Guided.Loss.Terms[1].Weight", 0.1, 5, 0.04, 1, 0.9)]
    [InlineData("Guided.Loss.Terms[1].Terms[0].Teacher.Weights", 0.1, 5, 0.03, 2, 0.9)]
    [InlineData("Options.Optimizer.Momentum", 0.1, 5, 0.03, 1, 0.8)]
    public void A_change_is_refused_by_name(
        string name, double epsilon, int steps, double weight, int teacherSeed, double momentum)
    {
        Train(0.1, 5, 0.03, 1, 0.9);
        Train(0.1, 5, 0.03, 1, 0.9);
        var message = Assert.Throws<InvalidOperationException>(() =>
            Train(epsilon, steps, weight, teacherSeed, momentum)).Message;
        Assert.Contains($"{name} is ", message);
        Assert.DoesNotContain(";", message);
    }

    [Fact]
    public void Initial_weights_progress_and_the_place_of_the_file_are_no_part_of_it()
    {
        Train(0.1, 5, 0.03, 1, 0.9, networkSeed: 1);
        Train(0.1, 5, 0.03, 1, 0.9, networkSeed: 2);
        var moved = Path.Combine(folder, "moved.safetensors");
        File.Move(Options.CheckpointPath!, moved);
        using var classifier = Make(0.1, 5, 0.03, 1, 3);
        classifier.Train(images, Options with
        {
            CheckpointPath = moved, Progress = new ImmediateProgress<TrainingProgress>(p => Assert.Fail($"{p}")),
        });
    }

    void Train(double epsilon, int steps, double weight, int teacherSeed, double momentum, int networkSeed = 1)
    {
        using var classifier = Make(epsilon, steps, weight, teacherSeed, networkSeed);
        classifier.Train(images, Options with { Optimizer = new SgdOptimizer { Momentum = momentum } });
    }

    static Guided Make(double epsilon, int steps, double weight, int teacherSeed, int networkSeed)
    {
        manual_seed(teacherSeed);
        var teacher = Bars.Networks.Create();
        manual_seed(networkSeed);
        return new Guided(Bars.Networks, new CrossEntropy() + weight * new TeacherLoss(teacher))
        {
            Perturbation = new PgdPerturbation(epsilon, steps),
        };
    }

    sealed class Guided(INetworkFactory networks, TrainingLoss loss) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = loss;
    }

    /// <summary>A source network that the loss uses and does not train.</summary>
    sealed class TeacherLoss(Module<Tensor, Tensor> teacher) : TrainingLoss
    {
        public Module<Tensor, Tensor> Teacher { get; } = teacher;

        public override Tensor Of(LossContext batch)
        {
            using var noGradient = no_grad();
            var wanted = Teacher.call(batch.Images).softmax(1);
            using var gradient = enable_grad();
            return functional.cross_entropy(batch.Logits, wanted);
        }
    }
}
