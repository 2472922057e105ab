using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Faint high-frequency features are destroyed before the network decides: how far the output moves when an image's
/// faint high frequencies are exchanged for those of an image of another class, relative to how far the output differs
/// between images; smaller is better.
/// </summary>
/// <remarks>
/// <para>Non-robust features are features of the data (Ilyas et al. 2019 [16]), so the data supply them: random noise
/// of the same size hardly moves any network. No gradient is taken and nothing is made for either network, so a masked
/// gradient gains nothing, nor does a network that is merely another one. High are the frequencies above a quarter of a
/// cycle per pixel, the part that high-frequency suppression [39] removes; faint is what stays below 8/255.</para>
/// <para>Images are first squeezed into [16/255, 1 - 16/255], which keeps clipping from turning the exchange into a low
/// frequency. An
/// <see cref="InputTransform"/> is measured on the images it gives, beside images that nothing was done to.</para>
/// </remarks>
public sealed class NonRobustFeatureRemoval : IStrength
{
    const double Amplitude = 8.0 / 255;
    const double CutOff = 0.25;

    /// <inheritdoc/>
    public static string Name => "non-robust feature removal";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];

    /// <inheritdoc/>
    /// <remarks>
    /// Holds where the output moves at most half as far as the twin's. Where the twin does not use such features, as on
    /// MNIST, there is nothing to remove and the claim does not show.
    /// </remarks>
    /// <exception cref="ArgumentException">Images of fewer than two classes.</exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var squeezed = images.Images * (1 - 4 * Amplitude) + 2 * Amplitude;
        var faint = FaintHighFrequencies(squeezed);
        var exchanged = squeezed - faint + faint.index_select(0, Donors(images));

        var own = Responses.Relative(Responses.Output(defense, squeezed), Responses.Output(defense, exchanged));
        var other = defense is InputTransform
            ? Responses.Relative(squeezed.flatten(1), exchanged.flatten(1))
            : Responses.Relative(Responses.Output(twin, squeezed), Responses.Output(twin, exchanged));
        return new ClaimMeasurement(
            "change of the output when faint high frequencies are exchanged between classes, over its spread between "
                + "images",
            own,
            other,
            own <= other / 2)
        {
            Required = other / 2,
        };
    }

    /// <summary>
    /// The part of images [N, C, H, W] above the cut-off in either direction, clipped to the amplitude.
    /// </summary>
    internal static Tensor FaintHighFrequencies(Tensor images)
    {
        using var scope = NewDisposeScope();
        var rows = fft.fftfreq(images.size(2)).abs().view(-1, 1);
        var columns = fft.fftfreq(images.size(3)).abs().view(1, -1);
        var passed = maximum(rows, columns).gt(CutOff).to_type(ScalarType.Float32).to(images.device);
        return fft.ifft2(fft.fft2(images) * passed).real.clamp(-Amplitude, Amplitude).MoveToOuterDisposeScope();
    }

    /// <summary>For each image the place of the next one, going round, of another class; int64 [N].</summary>
    static Tensor Donors(LabeledImages images)
    {
        using var onCpu = images.Labels.cpu();
        var labels = onCpu.data<long>().ToArray();
        if (labels.Distinct().Count() < 2)
            throw new ArgumentException(
                "High frequencies are exchanged between classes; the images are of one class only.", nameof(images));
        var donors = labels.Select((label, i) =>
        {
            var j = i;
            while (labels[j] == label)
                j = (j + 1) % labels.Length;
            return (long)j;
        });
        return tensor(donors.ToArray()).to(images.Labels.device);
    }
}
