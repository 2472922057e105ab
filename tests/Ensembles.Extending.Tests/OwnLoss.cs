using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Extending.Tests;

/// <summary>Label smoothing: cross-entropy for a target that gives every class a small share.</summary>
public sealed class SmoothedCrossEntropy(double share) : TrainingLoss
{
    public double Share { get; } = share;

    public override Tensor Of(LossContext batch)
    {
        var classes = batch.Logits.size(1);
        var wanted = functional.one_hot(batch.Labels, classes) * (1 - Share) + Share / classes;
        return -(wanted * batch.Logits.log_softmax(1)).sum(1).mean();
    }
}

[Defense(Category.FeatureSeparation)]
[Claims<IntraClassCompactness>]
public sealed class SmoothedClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    public override TrainingLoss Loss { get; } = new SmoothedCrossEntropy(0.2) + 0.01 * new CenterLoss();
}

public class OwnLossTests
{
    /// <summary>
    /// With a share of 0.2 over three classes the best answer has probability 0.8 + 0.2 / 3 and no more.
    /// </summary>
    [Fact]
    public void A_loss_of_ones_own_trains_any_network()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(150, seed: 1);
        manual_seed(1);
        using var classifier = new SmoothedClassifier(Bars.Networks);
        classifier.Train(images, new TrainingOptions { Epochs = 20, LearningRate = 3e-3 });
        using var noGradient = no_grad();
        Assert.True(Bars.Accuracy(classifier, images) > 0.95);
        Assert.Equal(0.867f, classifier.call(images.Images).softmax(1).amax([1]).mean().item<float>(), 0.05f);
    }
}
