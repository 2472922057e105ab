using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Disturbed images are brought back toward clean ones: mean |g(x + n) - x| / mean |x + n - x| for the transform g in
/// front of the network and Gaussian noise n of standard deviation 0.1, inside [0, 1]; smaller is better, 1 for doing
/// nothing.
/// </summary>
/// <remarks>
/// Measured to the clean image, not to g(x): a transform that destroys the image too would otherwise look perfect. The
/// transform is the defense itself or the one <see cref="InputTransform"/> inside it; the twin has none and stands at
/// 1. Source: Defense-GAN (Samangouei et al. 2018 [29]), PixelDefend (Song et al. 2017 [31]).
/// </remarks>
public sealed class ManifoldProjection : IStrength
{
    const double NoiseDeviation = 0.1;

    /// <inheritdoc/>
    public static string Name => "manifold projection";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures, Category.GradientMasking];

    /// <inheritdoc/>
    /// <remarks>Holds where at least half of the disturbance is gone.</remarks>
    /// <exception cref="ArgumentException">
    /// A defense without exactly one input transform, or one that changes the images' shape; or no images.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var noise = randn(images.Images.shape, generator: measurement.Noise).to(images.Images.device) * NoiseDeviation;
        var disturbed = (images.Images + noise).clamp(0, 1);
        var restored = InBatches.Output(Transform(defense), disturbed);
        if (!restored.shape.SequenceEqual(disturbed.shape))
            throw new ArgumentException(
                $"A projection gives images of the shape it gets; this one gives [{string.Join(", ", restored.shape)}] "
                    + $"for [{string.Join(", ", disturbed.shape)}].", nameof(defense));

        var own = MeanDistance(restored, images.Images) / MeanDistance(disturbed, images.Images);
        return new ClaimMeasurement(
            "distance of the transformed noisy image to the clean one over the size of the noise",
            own,
            Twin: 1,
            own <= 0.5)
        {
            Required = 0.5,
        };
    }

    static Module<Tensor, Tensor> Transform(Module<Tensor, Tensor> defense)
    {
        if (defense is InputTransform)
            return defense;
        var transforms = defense.modules().OfType<InputTransform>().Distinct().ToList();
        return transforms is [var only]
            ? only
            : throw new ArgumentException(
                $"Manifold projection is measured on an {nameof(InputTransform)}; "
                    + $"{defense.GetType().Name} holds {transforms.Count} of them. "
                    + "Claim it on the transform, or hold exactly one.", nameof(defense));
    }

    static double MeanDistance(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return Rows.Lengths(a - b).mean().item<float>();
    }
}
