using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// The two-sample test of Grosse et al. 2017, as Carlini and Wagner 2017 [5] study it: a set of images is suspicious
/// when it lies too far from training images to have been drawn like them; see <see cref="MaximumMeanDiscrepancy"/>.
/// </summary>
/// <remarks>
/// <para>The test is one of sets. <see cref="PValue"/> says of many images together whether all are likely to be clean;
/// it cannot say which are not, and needs the more images the less they were changed.</para>
/// <para>A gate decides on one image at a time, whatever else is in its batch. What is left of the test then is the
/// discrepancy of a set of one, log(1 + mean k(r, r') - 2 mean k(x, r)) over training images r: how far the image is
/// from all training images alike, whatever their class. In the source's own words a single image cannot be tested;
/// expect little of it where perturbations are small beside the differences between clean images.</para>
/// <para>As in the source, points are the pixels themselves. The network only makes the attacks that the regression is
/// fitted to.</para>
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Grosse et al. 2017",
    UnderAttack = "Says little of single images, and falls to attacks that lower its score [5].")]
[Claims<AdversarialRejection>]
public sealed class MaximumMeanDiscrepancyDetector : FittedDetector
{
    readonly Tensor references;
    readonly Tensor bandwidth;
    readonly Tensor within;

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="networks">Makes the network.</param>
    /// <param name="pixels">C H W of the images.</param>
    /// <param name="references">R, training images that are kept, two or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">No pixels, or fewer than two references.</exception>
    public MaximumMeanDiscrepancyDetector(INetworkFactory networks, int pixels = 784, int references = 300)
        : base(networks.Create(), evidenceCount: 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(references, 2);
        this.references = zeros(references, pixels).DetachFromDisposeScope();
        bandwidth = ones(1).DetachFromDisposeScope();
        within = zeros(1).DetachFromDisposeScope();
        register_buffer(nameof(references), this.references);
        register_buffer(nameof(bandwidth), bandwidth);
        register_buffer(nameof(within), within);
    }

    /// <summary>R, training images that are kept.</summary>
    public int References => (int)references.size(0);

    /// <summary>What the regression sees, float32 [N, 1]: the logarithm of the discrepancy of each image.</summary>
    /// <exception cref="ArgumentException">Images of another number of pixels.</exception>
    public override Tensor Evidence(Tensor images)
    {
        using var scope = NewDisposeScope();
        var near = Discrepancy().Kernel(PixelComponents.Flat(images, references.size(1)), references).mean([1]);
        return (1 + within - (2 * near)).clamp_min(1e-6).log().unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The p-value of the test that images [N, C, H, W], two or more, are drawn like the training images.
    /// </summary>
    /// <param name="images">The images, together.</param>
    /// <param name="permutations">Divisions drawn, 1 or more.</param>
    /// <param name="seed">One seed gives the same divisions.</param>
    public double PValue(Tensor images, int permutations = 200, int seed = 1)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Discrepancy().PValue(
            PixelComponents.Flat(images, references.size(1)), references, permutations, seed);
    }

    /// <summary>Takes the references from the images, and their median distance as the bandwidth.</summary>
    /// <inheritdoc/>
    protected override void FitEvidence(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
        if (seen.Count < References)
            throw new ArgumentException(
                $"The detector keeps {References} references and is fitted to {seen.Count} images: give it more "
                + "training images, or fewer references.",
                nameof(seen));
        var (kept, unused) = seen.SplitStratified(References);
        using (unused)
        using (kept)
        {
            references.copy_(InBatches(
                kept, device, images => PixelComponents.Flat(images, references.size(1)), cancellation));
        }

        var flat = references.to_type(ScalarType.Float64);
        var squared = flat.square().sum(1).unsqueeze(1) - (2 * flat.matmul(flat.t())) + flat.square().sum(1);
        var apart = ones_like(squared).triu(1).to_type(ScalarType.Bool);
        bandwidth.copy_(squared[apart].clamp_min(1e-12).sqrt().median());
        within.copy_(Discrepancy().Kernel(references, references)[apart].mean());
    }

    MaximumMeanDiscrepancy Discrepancy() => new(bandwidth.item<float>());
}
