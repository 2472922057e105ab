using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Perturbations;

/// <summary>
/// A loss that teaches logits at which cross-entropy has no gradient in float32 is attacked in training at a
/// temperature at which it has one.
/// </summary>
public class TemperatureUnderAttackTests
{
    /// <summary>
    /// z = s x of two pixels x = (0.6, 0.4): p(wrong) = sigmoid(-0.2 s / T), which is below half of a float's last bit
    /// for s = 1000 and T = 1. At T the gradient is s / T times p(wrong) (-1, 1).
    /// </summary>
    [Fact]
    public void Saturated_logits_have_a_gradient_at_a_temperature_and_none_without()
    {
        using var scope = NewDisposeScope();
        using var scaled = new Scaled(1000);
        var images = tensor([0.6f, 0.4f], 1, 1, 1, 2);
        var batch = new PerturbedBatch(scaled, images, tensor([0L]), default);
        Assert.Equal(0, batch.Gradient(images).abs().sum().item<float>());
        var slope = (float)(5 / (1 + Math.Exp(1)));
        TensorAssert.Near(
            tensor([-slope, slope], 1, 1, 1, 2), (batch with { Temperature = 200 }).Gradient(images), 1e-5);
    }

    public static TheoryData<string, double> Losses => new()
    {
        { nameof(CrossEntropy), 1 },
        { nameof(DistillationLoss), 40 },
        { nameof(MaxMahalanobisLoss), 16 },
        { nameof(DissectedSoftmaxLoss), 30 },
        { "sum", 40 },
    };

    /// <summary>Training hands its perturbation the temperature of its loss, the highest of several.</summary>
    [Theory]
    [MemberData(nameof(Losses))]
    public void Training_attacks_at_the_temperature_of_its_loss(string name, double temperature)
    {
        TrainingLoss loss = name switch
        {
            nameof(DistillationLoss) => new DistillationLoss(40),
            nameof(MaxMahalanobisLoss) => new MaxMahalanobisLoss(4),
            nameof(DissectedSoftmaxLoss) => new DissectedSoftmaxLoss(scale: 30),
            "sum" => new CrossEntropy() + 0.5 * new DistillationLoss(40),
            _ => new CrossEntropy(),
        };
        using var images = Bars.Make(6, seed: 1);
        var perturbation = new Noting();
        using var classifier = new Trained(loss) { Perturbation = perturbation };
        classifier.Train(images, new TrainingOptions { Epochs = 1 });
        Assert.Equal([temperature], perturbation.Temperatures);
    }

    sealed class Scaled(double scale) : nn.Module<Tensor, Tensor>(nameof(Scaled))
    {
        public override Tensor forward(Tensor images) => images.flatten(1) * scale;
    }

    sealed class Trained(TrainingLoss loss) : NetworkClassifier(Bars.Networks)
    {
        public override TrainingLoss Loss { get; } = loss;
    }

    sealed class Noting : Perturbation
    {
        public List<double> Temperatures { get; } = [];

        public override Tensor Of(PerturbedBatch batch)
        {
            Temperatures.Add(batch.Temperature);
            return batch.Images.alias();
        }
    }
}
