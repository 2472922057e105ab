using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// The mean filter of Li and Li 2017, as Carlini and Wagner 2017 [5] study it: an image is suspicious when the network
/// takes its 3x3 means for another class than the image itself.
/// </summary>
/// <remarks>
/// The score is the margin by which other classes lead that of the image in the logits of its means, so that it is
/// above 0 where the source detects, and can be held to any false positive rate.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Li and Li 2017",
    UnderAttack = "Falls to attacks on the network and the network behind the filter at once [5].")]
[Claims<AdversarialRejection>]
public sealed class MeanBlurDetector : NetworkDetector
{
    /// <summary>Makes an untrained detector with a network of its own.</summary>
    public MeanBlurDetector(INetworkFactory networks) : base(networks.Create())
    {
    }

    /// <summary>Each pixel the mean of the 3x3 pixels around it, of those that lie in the image.</summary>
    public static Tensor Blur(Tensor images) =>
        functional.avg_pool2d(images, 3, stride: 1, padding: 1, count_include_pad: false);

    /// <inheritdoc/>
    protected override Tensor Score(Tensor images) =>
        Disagreement.Of(Network.call(images), Network.call(Blur(images)));
}
