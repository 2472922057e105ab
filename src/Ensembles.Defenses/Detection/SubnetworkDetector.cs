using Ensembles.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Metzen et al. 2017: a small network on the output of a layer inside the first, trained to tell images from attacks
/// on the first. The score is the logit by which it takes the image for an attack.
/// </summary>
/// <remarks>
/// Two convolutions 3x3 of 32 channels, the second of stride 2, each with a ReLU, the mean over height and width, and
/// a linear layer; the source's is deeper.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Metzen et al. 2017",
    UnderAttack = "Falls to attacks on the classifier and the subnetwork at once [5].")]
[Claims<AdversarialRejection>]
public sealed class SubnetworkDetector : DiscriminatorDetector
{
    const int Width = 32;

    readonly Conv2d first;
    readonly Conv2d second;
    readonly Linear output = Linear(Width, 2);

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="networks">Makes the network that is attacked.</param>
    /// <param name="layer">
    /// The layer whose output is looked at, out of <see cref="FeatureNetwork.TapNames"/>; null for the last but one of
    /// those with weights.
    /// </param>
    /// <exception cref="ArgumentException">No such layer.</exception>
    public SubnetworkDetector(INetworkFactory networks, string? layer = null) : base(networks.Create())
    {
        Layer = layer ?? TappedFeatures.Weighted(Network).SkipLast(1).LastOrDefault()
            ?? throw new ArgumentException(
                $"{Network.GetName()} names no layer to look at: give its name.", nameof(layer));
        first = Conv2d(TappedFeatures.WidthOf(Network, Layer), Width, 3, padding: 1);
        second = Conv2d(Width, Width, 3, stride: 2, padding: 1);
        register_module(nameof(first), first);
        register_module(nameof(second), second);
        register_module(nameof(output), output);
    }

    /// <summary>The layer whose output is looked at.</summary>
    public string Layer { get; }

    /// <inheritdoc/>
    protected override Tensor Score(Tensor images) =>
        BinaryClassifierDetector.Margin(Logits(Tapped(images)));

    /// <inheritdoc/>
    protected override Tensor DiscriminationLoss(Tensor images, Tensor labels, Tensor attacked)
    {
        Tensor seen;
        using (ModuleMode.Keep(Network))
        using (no_grad())
        {
            Network.eval();
            seen = Tapped(images);
        }

        return functional.cross_entropy(Logits(seen), attacked.to_type(ScalarType.Int64));
    }

    /// <summary>What the layer says of images, [N, C, H, W]; of a layer without places H = W = 1.</summary>
    Tensor Tapped(Tensor images)
    {
        var outputs = new Dictionary<string, Tensor>();
        Network.features(images, [Layer], outputs);
        var tapped = outputs[Layer];
        return tapped.dim() == 4 ? tapped : tapped.flatten(1).unsqueeze(2).unsqueeze(3);
    }

    Tensor Logits(Tensor tapped)
    {
        var hidden = functional.relu(second.call(functional.relu(first.call(functional.relu(tapped)))));
        return output.call(hidden.flatten(2).mean([2]));
    }
}
