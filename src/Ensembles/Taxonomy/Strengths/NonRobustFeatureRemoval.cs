using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Faint high-frequency signals are destroyed before the network decides: how far a pattern of at most 8/255 moves the
/// output, relative to how far the output differs between images; smaller is better.
/// </summary>
/// <remarks>
/// The patterns are white noise without its frequencies up to a quarter of a cycle per pixel, the part that high-frequency
/// suppression [39] removes. They are the same for the defense and the twin and made for neither, so another network
/// does not pass because a pattern was made for its twin. Images are first squeezed into [8/255, 1 - 8/255], which keeps clipping from
/// turning a pattern into a low frequency. An <see cref="InputTransform"/> is measured on the images it gives, beside
/// images that nothing was done to. Why it matters: non-robust features, Ilyas et al. [16].
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
    /// <exception cref="ArgumentException">A module in training mode, or no images.</exception>
    public static Witness Measure(Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var squeezed = images.Images * (1 - 2 * Amplitude) + Amplitude;
        var perturbed = squeezed + HighFrequencies(images.Images, measurement.Noise);

        var own = Responses.Relative(Responses.Output(defense, squeezed), Responses.Output(defense, perturbed));
        var other = defense is InputTransform
            ? Responses.Relative(squeezed.flatten(1), perturbed.flatten(1))
            : Responses.Relative(Responses.Output(twin, squeezed), Responses.Output(twin, perturbed));
        return new Witness("change of the output under faint high-frequency patterns over its spread between images", own, other, own <= other / 2);
    }

    /// <summary>Patterns of the images' shape whose largest absolute value is <see cref="Amplitude"/>, image by image.</summary>
    internal static Tensor HighFrequencies(Tensor images, Generator generator)
    {
        using var scope = NewDisposeScope();
        var rows = fft.fftfreq(images.size(2)).abs().view(-1, 1);
        var columns = fft.fftfreq(images.size(3)).abs().view(1, -1);
        var passed = maximum(rows, columns).gt(CutOff).to_type(ScalarType.Float32);

        var noise = randn(images.shape, generator: generator);
        var pattern = fft.ifft2(fft.fft2(noise) * passed).real;
        var scaled = pattern / pattern.abs().amax([1, 2, 3], keepdim: true) * Amplitude;
        return scaled.to(images.device).MoveToOuterDisposeScope();
    }
}
