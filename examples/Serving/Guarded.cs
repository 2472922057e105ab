using Ensembles;
using Ensembles.Defenses;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Serving;

/// <summary>What is served: three votes on shapes of 28x28 grey pixels, behind a gate.</summary>
[Ensemble<MeanProbability>]
public partial class Guarded
{
    /// <summary>Rejects images that a blur turns into those of another class.</summary>
    [Gate(FalsePositiveRate = 0.05)] public partial MeanBlurDetector Blurred { get; }

    /// <summary>Trained on images perturbed against itself.</summary>
    [Member] public partial FgsmAdversarialClassifier Hardened { get; }

    /// <summary>Trained to keep each class compact in feature space.</summary>
    [Member] public partial CenterLossClassifier Compact { get; }

    /// <summary>Sees edges only.</summary>
    [Member] public partial ByteEdgeClassifier Edges { get; }

    /// <summary>Makes it untrained.</summary>
    internal static Guarded Create()
    {
        manual_seed(1);
        var networks = new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10);
        return new Guarded(
            new MeanBlurDetector(networks), new FgsmAdversarialClassifier(networks, epsilon: 0.08),
            new CenterLossClassifier(networks), new ByteEdgeClassifier(networks));
    }
}
