using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// The contrast of prototype conformity (Mustafa et al. 2019 [22]), to be added to <see cref="PrototypeProximityLoss"/>
/// and a loss that classifies: pushes features, at several depths of the network, away from the centers of the other
/// classes, which are not those of the proximity.
/// </summary>
/// <remarks>
/// In the source the distances are free to grow, and the loss with them to fall, without end. Here a distance counts up
/// to <see cref="Enough"/>.
/// </remarks>
/// <param name="layers">
/// Names of layers to tap beside the penultimate features, of which maps are averaged over height and width; null for
/// the last but one that the network names.
/// </param>
/// <param name="enough">The squared distance that is far enough; positive and finite.</param>
public sealed class PrototypeContrastLoss(IReadOnlyList<string>? layers = null, double enough = 1e4) : TrainingLoss
{
    TappedFeatures? features;
    ClassCenters? centers;

    /// <summary>The squared distance that is far enough.</summary>
    public double Enough { get; } = enough is > 0 and < double.PositiveInfinity
        ? enough
        : throw new ArgumentOutOfRangeException(nameof(enough), enough, "A squared distance is positive and finite.");

    /// <summary>The layers that were asked for; null for the last but one that the network names.</summary>
    public IReadOnlyList<string>? Layers { get; } = layers;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Taps => features?.Taps ?? [];

    /// <summary>Gradient descent at the source's rate of 1e-4.</summary>
    public override TrainingOptimizer? Optimizer { get; } = new SgdOptimizer { LearningRate = 1e-4, Momentum = 0 };

    /// <summary>Centers v_k of the classes, float32 [K, D] for each layer, the penultimate last.</summary>
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
        .Zip(Centers, (f, v) => Value(f, batch.Labels, v, Enough))
        .Aggregate((sum, layer) => sum + layer);

    /// <summary>
    /// Lcon = -mean over i and k != y_i of min(||f_i - v_k||^2, enough), of features [N, D] with labels [N] and centers
    /// [K, D]; a scalar in [-enough, 0].
    /// </summary>
    public static Tensor Value(Tensor features, Tensor labels, Tensor centers, double enough)
    {
        using var scope = NewDisposeScope();
        var squared = (features.unsqueeze(1) - centers.unsqueeze(0)).pow(2).sum(2).clamp_max(enough);
        var own = functional.one_hot(labels, centers.size(0)).to_type(ScalarType.Bool);
        var others = features.size(0) * (centers.size(0) - 1);
        return (-squared.masked_fill(own, 0).sum() / others).MoveToOuterDisposeScope();
    }
}
