using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Grosse et al. 2017: a network with one class more than there are, K + 1, which it is trained to give to attacks on
/// another network of the same kind.
/// </summary>
/// <remarks>
/// The score is z_K - max_(k &lt; K) z_k, above 0 where the class of attacks wins.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Grosse et al. 2017",
    UnderAttack = "Falls to attacks that head for any class but that of attacks [5].")]
[Claims<AdversarialRejection>]
public sealed class AdversarialClassDetector : DiscriminatorDetector
{
    readonly FeatureNetwork wider;

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="networks">Makes the network that is attacked, and the one with a class more.</param>
    public AdversarialClassDetector(INetworkFactory networks) : base(networks.Create())
    {
        wider = networks.Create(new NetworkRequest { Classes = Network.ClassCount + 1 });
        register_module(nameof(wider), wider);
    }

    /// <inheritdoc/>
    protected override Tensor Score(Tensor images)
    {
        var logits = wider.call(images);
        return Margins.Lead(logits, full_like(logits.select(1, 0), Network.ClassCount, ScalarType.Int64));
    }

    /// <inheritdoc/>
    protected override Tensor DiscriminationLoss(Tensor images, Tensor labels, Tensor attacked) =>
        functional.cross_entropy(wider.call(images), labels.masked_fill(attacked, Network.ClassCount));
}
