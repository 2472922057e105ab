using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Features of several depths: those of tapped layers, averaged over height and width, and the penultimate ones.
/// </summary>
sealed class TappedFeatures
{
    TappedFeatures(IReadOnlyList<string> taps, IReadOnlyList<int> widths) => (Taps, Widths) = (taps, widths);

    /// <summary>The tapped layers.</summary>
    public IReadOnlyList<string> Taps { get; }

    /// <summary>The width of each layer's features, those of the penultimate layer last.</summary>
    public IReadOnlyList<int> Widths { get; }

    /// <summary>Those of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">
    /// Layers out of <see cref="FeatureNetwork.TapNames"/>; null for the last but one of those with weights, where
    /// there is one: the last is as a rule what the penultimate features are made of.
    /// </param>
    public static TappedFeatures Of(FeatureNetwork network, IReadOnlyList<string>? layers)
    {
        layers ??= [.. Weighted(network).SkipLast(1).TakeLast(1)];
        return new TappedFeatures(layers, [.. layers.Select(layer => WidthOf(network, layer)), network.FeatureCount]);
    }

    /// <summary>Features [N, D] of each layer, in the order of <see cref="Widths"/>.</summary>
    /// <exception cref="InvalidOperationException">
    /// A layer whose outputs are not as wide as its weights say.
    /// </exception>
    public IReadOnlyList<Tensor> Read(LossContext batch)
    {
        Tensor[] features = [.. Taps.Select(tap => Pooled(batch.Taps[tap])), batch.Features];
        for (var i = 0; i < Taps.Count; i++)
        {
            if (features[i].size(1) != Widths[i])
                throw new InvalidOperationException(
                    $"{Taps[i]} gives {features[i].size(1)} features, where the weights up to it give {Widths[i]}: tap "
                    + "a layer that keeps the channels of the layer before it.");
        }

        return features;
    }

    static Tensor Pooled(Tensor output) => output.dim() > 2 ? output.flatten(2).mean([2]) : output;

    /// <summary>
    /// The outputs of the last weights that are registered up to the layer, itself included: a ReLU and a
    /// normalisation keep the channels of the convolution before them.
    /// </summary>
    public static int WidthOf(FeatureNetwork network, string layer)
    {
        var width = 0L;
        var isWithin = false;
        var modules = network.named_modules().ToDictionary(m => m.name, m => m.module);
        // Names come in the order of the calls, which is not that of the fields.
        foreach (var name in network.TapNames)
        {
            var inside = name == layer || name.StartsWith($"{layer}.", StringComparison.Ordinal);
            if (isWithin && !inside)
                break;
            isWithin |= inside;
            // A single number, as a learned scale, says nothing of channels.
            width = modules[name].parameters(false).FirstOrDefault(p => p.numel() > 1)?.size(0) ?? width;
        }

        return isWithin && width > 0 ? (int)width : throw new ArgumentException(
            $"{network.GetName()} has no layer {layer} with weights up to it to tap; it has "
            + $"{string.Join(", ", network.TapNames)}.");
    }

    /// <summary>The layers, not those inside them, that have weights.</summary>
    public static IEnumerable<string> Weighted(FeatureNetwork network) => network.named_modules()
        .Where(m => !m.name.Contains('.') && m.module.parameters().Any() && network.TapNames.Contains(m.name))
        .Select(m => m.name)
        .OrderBy(name => network.TapNames.ToList().IndexOf(name));
}
