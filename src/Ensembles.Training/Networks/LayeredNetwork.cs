using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A network that is its layers called one after the other: those that give the features, then those of the head. Any
/// of the former, and any layer inside them, can be tapped.
/// </summary>
public abstract class LayeredNetwork : FeatureNetwork, ILayered
{
    readonly int channels;
    readonly int? imageSize;

    /// <summary>Creates the module under the name given.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="channels">C, the channels of an image.</param>
    /// <param name="imageSize">Height and width of an image; null where any will do.</param>
    protected LayeredNetwork(string name, int channels, int? imageSize = null) : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        (this.channels, this.imageSize) = (channels, imageSize);
    }

    /// <summary>Images [N, C, H, W] to features [N, D].</summary>
    protected abstract IReadOnlyList<Module<Tensor, Tensor>> FeatureLayers { get; }

    /// <inheritdoc cref="FeatureLayers"/>
    internal IReadOnlyList<Module<Tensor, Tensor>> LayersOfFeatures => FeatureLayers;

    /// <summary>Features [N, D] to logits [N, K].</summary>
    protected abstract IReadOnlyList<Module<Tensor, Tensor>> HeadLayers { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [.. FeatureLayers, .. HeadLayers];

    /// <inheritdoc/>
    public override IReadOnlyList<string> TapNames
    {
        get
        {
            var named = named_modules().ToList();
            return
            [
                .. from layer in FeatureLayers
                   let name = named.First(m => ReferenceEquals(m.module, layer)).name
                   from inside in named.Select(m => m.name)
                   where inside == name || inside.StartsWith($"{name}.", StringComparison.Ordinal)
                   select inside,
            ];
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Images of another shape than the network was made for.</exception>
    public override Tensor features(Tensor images)
    {
        if (images.dim() != 4
            || images.size(1) != channels
            || (imageSize is { } size && (images.size(2) != size || images.size(3) != size)))
            throw new ArgumentException(
                $"This network takes images [N, {channels}, {imageSize?.ToString() ?? "H"}, "
                    + $"{imageSize?.ToString() ?? "W"}]; these have the shape [{string.Join(", ", images.shape)}].",
                nameof(images));
        return LayerRow.Call(FeatureLayers, images);
    }

    /// <inheritdoc/>
    public override Tensor head(Tensor features) => LayerRow.Call(HeadLayers, features);

    /// <summary>The layers that there are, of a row in which some may be missing.</summary>
    private protected static Module<Tensor, Tensor>[] Present(params Module<Tensor, Tensor>?[] layers) =>
        [.. layers.OfType<Module<Tensor, Tensor>>()];
}
