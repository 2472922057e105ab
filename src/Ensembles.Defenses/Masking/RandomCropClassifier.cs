using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// A network that is trained on random crops, and whose answer is the mean probability over the crops of an image (Guo
/// et al. 2018 [13], who average over 30); see <see cref="RandomCropTransform"/>.
/// </summary>
/// <remarks>
/// Logits are the logarithms of the mean probabilities. In training mode it is the network behind one crop of each
/// image, and its features are always those of one crop.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="share">A crop's side as a share of the image's, in (0, 1).</param>
/// <param name="crops">Crops that are averaged, 1 or more; 30 is the source's.</param>
/// <exception cref="ArgumentOutOfRangeException">A share outside (0, 1), or no crops.</exception>
[Defense(
    Category.GradientMasking,
    Source = "Guo et al. 2018 [13]",
    UnderAttack = "Falls to PGD on gradients averaged over draws (EOT).")]
[Claims<TestTimeRandomness>]
public sealed class RandomCropClassifier(INetworkFactory networks, double share = 0.8, int crops = 30)
    : NetworkClassifier(networks), IRandomized
{
    /// <summary>Draws a crop.</summary>
    public override RandomCropTransform Transform { get; } = new(share) { EotSamples = 1 };

    /// <summary>Crops that are averaged.</summary>
    public int Crops { get; } = crops >= 1
        ? crops
        : throw new ArgumentOutOfRangeException(nameof(crops), crops, "There is at least one crop to average.");

    /// <inheritdoc/>
    /// <remarks>A draw is an average over crops already, as many as the attack that broke it took.</remarks>
    public int EotSamples { get; init; } = 1;

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        if (training)
            return base.forward(images);
        using var scope = NewDisposeScope();
        var logits = base.forward(images.repeat(Crops, 1, 1, 1));
        var each = logits.view(Crops, images.size(0), logits.size(1)).log_softmax(2);
        return (each.logsumexp(0) - Math.Log(Crops)).MoveToOuterDisposeScope();
    }
}
