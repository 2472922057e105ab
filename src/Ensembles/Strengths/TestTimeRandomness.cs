using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The defense draws random numbers at test time: how far its output differs between two draws on the same images,
/// relative to how far it differs between images; 0 for a deterministic network.
/// </summary>
/// <remarks>
/// It says that an attacker meets another network every time, not that this stops one: an attack averages over draws
/// (EOT, Athalye et al. 2018 [1]). Source: stochastic activation pruning (Dhillon et al. 2018 [7]).
/// </remarks>
public sealed class TestTimeRandomness : IStrength
{
    /// <summary>The smallest change that counts; rounding alone stays orders of magnitude below.</summary>
    const double Noticeable = 0.01;

    /// <inheritdoc/>
    public static string Name => "test-time randomness";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories =>
        [Category.GradientMasking, Category.NonRobustFeatures, Category.Detection, Category.Certification];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">No images.</exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var (own, other) = (BetweenDraws(defense, images), BetweenDraws(twin, images));
        return new ClaimMeasurement(
            "difference of the output between two draws over its spread between images",
            own,
            other,
            own >= Noticeable && own > other)
        {
            Required = Math.Max(Noticeable, other),
        };
    }

    static double BetweenDraws(Module<Tensor, Tensor> module, LabeledImages images) =>
        Responses.Relative(Responses.Output(module, images.Images), Responses.Output(module, images.Images));
}
