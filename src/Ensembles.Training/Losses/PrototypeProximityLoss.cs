using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// The proximity of prototype conformity (Mustafa et al. 2019 [22]), to be added to a loss that classifies: pulls the
/// features of a class, at several depths of the network, towards a learned center each.
/// </summary>
/// <param name="layers">
/// Names of layers to tap beside the penultimate features, of which maps are averaged over height and width; null for
/// the last but one that the network names.
/// </param>
public sealed class PrototypeProximityLoss(IReadOnlyList<string>? layers = null) : TrainingLoss
{
    TappedFeatures? features;
    ClassCenters? centers;

    /// <summary>The layers that were asked for; null for the last but one that the network names.</summary>
    public IReadOnlyList<string>? Layers { get; } = layers;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Taps => features?.Taps ?? [];

    /// <summary>
    /// Gradient descent at the source's rate of 0.5, by which a center moves to the mean of a class's features by the
    /// share that the class has in the batch.
    /// </summary>
    public override TrainingOptimizer? Optimizer { get; } = new SgdOptimizer { LearningRate = 0.5, Momentum = 0 };

    /// <summary>Centers w_k of the classes, float32 [K, D] for each layer, the penultimate last.</summary>
    /// <exception cref="InvalidOperationException">The loss belongs to no network yet.</exception>
    public IReadOnlyList<Tensor> Centers =>
        centers?.Of ?? throw new InvalidOperationException("The centers are made by Build, for a network's features.");

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The network has no such layer.</exception>
    public override void Build(FeatureNetwork network)
    {
        features = TappedFeatures.Of(network, Layers);
        centers = new ClassCenters(network.ClassCount, features.Widths);
        register_module(nameof(centers), centers);
    }

    /// <summary>The sum over the layers.</summary>
    public override Tensor Of(LossContext batch) => features!.Read(batch)
        .Zip(Centers, (f, w) => Value(f, batch.Labels, w))
        .Aggregate((sum, layer) => sum + layer);

    /// <summary>Lpc = mean_i ||f_i - w_(y_i)||^2 of features [N, D] with labels [N] and centers [K, D].</summary>
    public static Tensor Value(Tensor features, Tensor labels, Tensor centers)
    {
        using var scope = NewDisposeScope();
        return (features - centers.index_select(0, labels)).pow(2).sum(1).mean().MoveToOuterDisposeScope();
    }
}
