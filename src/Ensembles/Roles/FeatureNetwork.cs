using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A module that shows the features its decision is made from.</summary>
public interface IFeatureExtractor
{
    /// <summary>Penultimate features h(x), float32 [N, D], of images [N, C, H, W].</summary>
    Tensor features(Tensor images);
}

/// <summary>
/// A classifier network split into features and a linear head: logits z(x) = head(features(x)), float32 [N, K].
/// Metric-learning losses and detectors need the split.
/// </summary>
public abstract class FeatureNetwork : Module<Tensor, Tensor>, IFeatureExtractor
{
    /// <summary>Creates the module under the name given.</summary>
    protected FeatureNetwork(string name = nameof(FeatureNetwork)) : base(name)
    {
    }

    /// <summary>D, the width of the features.</summary>
    public abstract int FeatureCount { get; }

    /// <summary>K, the number of classes.</summary>
    public abstract int ClassCount { get; }

    /// <inheritdoc/>
    public abstract Tensor features(Tensor images);

    /// <summary>Logits [N, K] of features [N, D].</summary>
    public abstract Tensor head(Tensor features);

    /// <summary>Logits [N, K] of images [N, C, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        using var h = features(images);
        return head(h);
    }
}
