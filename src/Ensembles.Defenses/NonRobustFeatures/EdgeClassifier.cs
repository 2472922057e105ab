using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// A network that is trained on edge images and sees nothing else (the toy example of Smith 2019); see <see cref="EdgeTransform"/>.
/// </summary>
[Defense(Category.NonRobustFeatures)]
[Claims<NonRobustFeatureRemoval>]
public sealed class EdgeClassifier : Classifier, IFeatureExtractor, ILayered, ITrainable
{
    readonly EdgeTransform edges = new(threshold: 0.2);
    readonly FeatureNetwork network;

    /// <summary>Makes an untrained classifier.</summary>
    public EdgeClassifier(INetworkFactory networks) : base(nameof(EdgeClassifier))
    {
        network = networks.Create();
        RegisterComponents();
    }

    /// <summary>The transform in front of the network.</summary>
    public EdgeTransform Edges => edges;

    /// <inheritdoc/>
    public void Train(LabeledImages training, TrainingOptions options)
    {
        network.ThrowIfOtherClasses(training);
        TrainingLoop.RunCrossEntropy(this, training, options, FormattableString.Invariant($"{nameof(EdgeClassifier)} threshold {edges.Threshold}"));
    }

    /// <inheritdoc/>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [edges, network];

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        using var seen = edges.call(images);
        return network.call(seen);
    }

    /// <inheritdoc/>
    public Tensor features(Tensor images)
    {
        using var seen = edges.call(images);
        return network.features(seen);
    }
}
