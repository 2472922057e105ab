using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Bhagoji et al. 2017, as Carlini and Wagner 2017 [5] study it: a network that sees of an image what its leading
/// principal components hold, and nothing of the rest. An image is suspicious when this network takes it for another
/// class than one that sees all of it.
/// </summary>
/// <remarks>
/// The source classifies with the network behind the projection x -> m + V V^T (x - m) alone, and detects nothing by
/// itself; as a gate it is asked whether it agrees. The score is the margin by which other classes lead that of the
/// whole image in the logits of its projection.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Bhagoji et al. 2017",
    UnderAttack = "Falls to attacks through the projection, which is linear [5].")]
[Claims<AdversarialRejection>]
public sealed class DimensionReductionDetector : NetworkDetector
{
    readonly FeatureNetwork reduced;
    readonly Tensor mean;
    readonly Tensor leading;

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="networks">Makes the network that sees all, and the one behind the projection.</param>
    /// <param name="pixels">C H W of the images, at most 4,096.</param>
    /// <param name="components">How many components are kept, from 1 to the number of pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">More pixels, or no such components.</exception>
    public DimensionReductionDetector(INetworkFactory networks, int pixels = 784, int components = 40)
        : base(networks.Create())
    {
        PixelComponents.ThrowIfNotPixels(pixels);
        if (components < 1 || components > pixels)
            throw new ArgumentOutOfRangeException(
                nameof(components), components, $"Of {pixels} pixels there are 1 to {pixels} components.");
        reduced = networks.Create();
        mean = zeros(pixels).DetachFromDisposeScope();
        leading = zeros(pixels, components).DetachFromDisposeScope();
        register_module(nameof(reduced), reduced);
        register_buffer(nameof(mean), mean);
        register_buffer(nameof(leading), leading);
    }

    /// <summary>How many components are kept.</summary>
    public int Components => (int)leading.size(1);

    /// <summary>m + V V^T (x - m), of the shape of the images.</summary>
    /// <exception cref="ArgumentException">Images of another number of pixels.</exception>
    public Tensor Project(Tensor images)
    {
        using var scope = NewDisposeScope();
        var coefficients = (PixelComponents.Flat(images, mean.size(0)) - mean).matmul(leading);
        return (coefficients.matmul(leading.t()) + mean).view(images.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Score(Tensor images) =>
        Disagreement.Of(Network.call(images), reduced.call(Project(images)));

    /// <summary>Computes the components of the images.</summary>
    /// <inheritdoc/>
    protected override void Prepare(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
        var pixels = InBatches(
            seen, device, images => PixelComponents.Flat(images, mean.size(0)), cancellation);
        var (center, variances, directions) = PixelComponents.Of(pixels);
        mean.copy_(center);
        leading.copy_(directions.narrow(1, variances.size(0) - Components, Components));
    }

    /// <inheritdoc/>
    protected override BatchLoss LossOf(TrainingBatch batch)
    {
        var (loss, logits) = base.LossOf(batch);
        var behind = functional.cross_entropy(reduced.call(Project(batch.Images)), batch.Labels);
        return new BatchLoss(loss + behind, logits);
    }
}
