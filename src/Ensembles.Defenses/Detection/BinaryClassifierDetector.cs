using Ensembles.Graphs;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Gong et al. 2017: a second network D of two classes that looks at the image itself, trained to tell images from
/// attacks on the first. The score is the logit by which it takes the image for an attack.
/// </summary>
[Defense(
    Category.Detection,
    Source = "Gong et al. 2017",
    UnderAttack = "Falls to attacks on the classifier and the detector at once, at hardly more distance [5].")]
[Claims<AdversarialRejection>]
public sealed class BinaryClassifierDetector : DiscriminatorDetector, IGraphSource
{
    readonly FeatureNetwork binary;

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="networks">Makes the network that is attacked, and D.</param>
    public BinaryClassifierDetector(INetworkFactory networks) : base(networks.Create())
    {
        binary = networks.Create(new NetworkRequest { Classes = 2 });
        register_module(nameof(binary), binary);
    }

    /// <inheritdoc/>
    protected override Tensor Score(Tensor images) => Margin(binary.call(images));

    /// <inheritdoc/>
    protected override Tensor DiscriminationLoss(Tensor images, Tensor labels, Tensor attacked) =>
        functional.cross_entropy(binary.call(images), attacked.to_type(ScalarType.Int64));

    /// <inheritdoc/>
    public Value Build(GraphBuilder graph, Value input)
    {
        var logits = new Term(graph, graph.Call(binary, input));
        return (logits.Of(new Slice(1, 1, 2)) - logits.Of(new Slice(1, 0, 1))).Of(new Squeeze([1])).Value;
    }

    /// <summary>z_1 - z_0, [N].</summary>
    internal static Tensor Margin(Tensor logits) => logits.select(1, 1) - logits.select(1, 0);
}
