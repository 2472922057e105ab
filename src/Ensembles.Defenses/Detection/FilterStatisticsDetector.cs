using Ensembles.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// The cascade of Li and Li 2017, as Carlini and Wagner 2017 [5] study it: one linear classifier for each convolution
/// of the network, on statistics of what its filters say in units of their principal components. An image passes that
/// passes every one of them.
/// </summary>
/// <remarks>
/// At each place a convolution gives a vector of C channels. Its coefficients along the C principal components over all
/// places of training images are divided by their deviation; the evidence is, for each component, the mean of their
/// absolute values over the places of the image, the least, the greatest and the quartiles. The classifiers here are
/// logistic regressions where the source has support vector machines.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Li and Li 2017",
    UnderAttack = "Falls to attacks that lower the score of every stage beside changing the class [5].")]
[Claims<AdversarialRejection>]
public sealed class FilterStatisticsDetector : FittedDetector
{
    const int Statistics = 6;

    /// <summary>Images whose places the components are computed of.</summary>
    const int MostImages = 1000;

    const double SmallestVariance = 1e-8;

    readonly IReadOnlyList<string> layers;

    /// <summary>Makes an untrained detector with a network of its own.</summary>
    public FilterStatisticsDetector(INetworkFactory networks) : this(networks.Create())
    {
    }

    FilterStatisticsDetector(FeatureNetwork network)
        : base(network, [.. LayersOf(network).Select(layer => Statistics * TappedFeatures.WidthOf(network, layer))])
    {
        layers = LayersOf(network);
        var widths = layers.Select(layer => TappedFeatures.WidthOf(network, layer)).ToArray();
        for (var i = 0; i < layers.Count; i++)
        {
            register_buffer($"mean{i}", zeros(widths[i]).DetachFromDisposeScope());
            register_buffer($"whitening{i}", zeros(widths[i], widths[i]).DetachFromDisposeScope());
        }
    }

    /// <summary>
    /// What the regressions see, float32 [N, F]: six statistics for each channel of each convolution.
    /// </summary>
    public override Tensor Evidence(Tensor images)
    {
        using var scope = NewDisposeScope();
        var stages = Places(images).Select((places, i) => Describe((places - Mean(i)).matmul(Whitening(i))));
        return cat([.. stages], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Computes each convolution's components from the images.</summary>
    /// <inheritdoc/>
    protected override void FitEvidence(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
        var (some, rest) = seen.SplitStratified(Math.Min(seen.Count, MostImages));
        using (some)
        using (rest)
        {
            for (var i = 0; i < layers.Count; i++)
            {
                using var scope = NewDisposeScope();
                var places = InBatches(some, device, images => Places(images)[i].flatten(0, 1), cancellation);
                var (mean, variances, directions) = PixelComponents.Of(places);
                Mean(i).copy_(mean);
                Whitening(i).copy_(directions / variances.clamp_min(SmallestVariance).sqrt());
            }
        }
    }

    Tensor Mean(int layer) => get_buffer($"mean{layer}")!;

    Tensor Whitening(int layer) => get_buffer($"whitening{layer}")!;

    /// <summary>What each convolution says of images, [N, places, channels].</summary>
    Tensor[] Places(Tensor images)
    {
        var outputs = new Dictionary<string, Tensor>();
        Network.features(images, layers, outputs);
        return [.. layers.Select(layer => outputs[layer].flatten(2).transpose(1, 2))];
    }

    /// <summary>Six statistics over the places for each of C components: [N, places, C] to [N, 6 C].</summary>
    static Tensor Describe(Tensor coefficients)
    {
        var (sorted, _) = coefficients.sort(1);
        var last = sorted.size(1) - 1;
        Tensor[] statistics =
        [
            coefficients.abs().mean([1]),
            .. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(share => sorted.select(1, (long)Math.Round(share * last))),
        ];
        return cat(statistics, 1);
    }

    /// <summary>The convolutions of the network.</summary>
    static string[] LayersOf(FeatureNetwork network)
    {
        var convolutions = network.named_modules()
            .Where(m => m.module is Conv2d && network.TapNames.Contains(m.name))
            .Select(m => m.name)
            .ToArray();
        return convolutions.Length > 0 ? convolutions : throw new ArgumentException(
            $"{network.GetName()} names no convolution whose filters could be looked at.", nameof(network));
    }
}
