using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Xu et al. 2018: an image is suspicious when its probabilities change with fewer grey levels or a smoothing filter,
/// which a clean image bears.
/// </summary>
/// <remarks>
/// The score is max_s |p(x) - p(s(x))|_1 over the squeezers s, in [0, 2]. It has the gradient of the squeezers, which
/// is that of their surrogates where they have none.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Xu et al. 2018",
    UnderAttack = "Falls to attacks that lower the distance to the squeezed images beside changing the class [15].")]
[Claims<AdversarialRejection>]
public sealed class FeatureSqueezingDetector : NetworkDetector
{
    readonly InputTransform[] squeezers;

    /// <summary>Makes an untrained detector with the source's squeezers for MNIST: one bit, and a 2x2 median.</summary>
    public FeatureSqueezingDetector(INetworkFactory networks)
        : this(networks, [new BitDepthTransform(bits: 1), new MedianTransform(size: 2)])
    {
    }

    FeatureSqueezingDetector(INetworkFactory networks, InputTransform[] squeezers) : base(networks.Create())
    {
        this.squeezers = squeezers;
        for (var i = 0; i < squeezers.Length; i++)
            register_module($"squeezer{i}", squeezers[i]);
    }

    /// <summary>
    /// Makes an untrained detector with squeezers of one's own; for colour images the source has five bits, a 2x2
    /// median and non-local means.
    /// </summary>
    /// <param name="networks">Makes the network.</param>
    /// <param name="squeezers">At least one; they belong to the detector from now on, and are not trained.</param>
    /// <exception cref="ArgumentException">No squeezers.</exception>
    public static FeatureSqueezingDetector Of(INetworkFactory networks, params InputTransform[] squeezers) =>
        squeezers.Length > 0
            ? new FeatureSqueezingDetector(networks, [.. squeezers])
            : throw new ArgumentException("There is nothing to squeeze with: give one transform.", nameof(squeezers));

    /// <summary>What images are squeezed with.</summary>
    public IReadOnlyList<InputTransform> Squeezers => squeezers;

    /// <summary>max_s |p(x) - p(s(x))|_1, float32 [N], of a classifier's probabilities p = softmax(z).</summary>
    /// <param name="classifier">Images to logits [N, K].</param>
    /// <param name="squeezers">The squeezers s; at least one.</param>
    /// <param name="images">Float32 [N, C, H, W].</param>
    public static Tensor Distance(
        Module<Tensor, Tensor> classifier, IReadOnlyList<InputTransform> squeezers, Tensor images)
    {
        using var scope = NewDisposeScope();
        var own = classifier.call(images).softmax(1);
        var distances = squeezers
            .Select(squeezer => (own - classifier.call(squeezer.call(images)).softmax(1)).abs().sum(1))
            .ToArray();
        return stack(distances).amax([0]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Score(Tensor images) => Distance(Network, squeezers, images);
}
