using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// A network smoothed by Gaussian noise (Cohen et al. 2019): it is trained on noisy images, and its answer is the vote
/// of m noisy copies of an image. What randomised smoothing certifies is this vote.
/// </summary>
/// <remarks>
/// <para>The theorem is about the vote of infinitely many copies, of which m are a sample. A radius is therefore
/// shorter than the theorem's: within sigma (Phi^-1(p) - Phi^-1(q)) every copy gives the label with probability q or
/// more, and q is where m copies are outvoted with probability alpha.</para>
/// <para>Logits are the logarithms of the shares of votes, so that the surrogate under attack is the logarithm of the
/// mean probability. While it is trained it is the network alone, on images to which its perturbation adds the noise;
/// <c>Perturbation = new SmoothedPgdPerturbation(...)</c> is SmoothAdv (Salman et al. 2019).</para>
/// </remarks>
[Defense(
    Category.Certification,
    Source = "Cohen et al. 2019",
    UnderAttack = "No attack in L2 gets past a certified radius but by the luck of a draw.")]
[Claims<CertifiedRadius>]
public sealed class SmoothedClassifier : NetworkClassifier, INonDifferentiable, IRandomized, ICertified
{
    readonly RandomizedSmoothing smoothing;

    /// <summary>Makes an untrained classifier.</summary>
    /// <param name="networks">Makes the network.</param>
    /// <param name="deviation">sigma, the deviation of the noise, in pixel values in [0, 1]; positive.</param>
    /// <param name="copies">m, the noisy copies that vote, 1 or more.</param>
    public SmoothedClassifier(INetworkFactory networks, double deviation = 0.25, int copies = 100) : base(networks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        smoothing = new RandomizedSmoothing(deviation);
        (Copies, Perturbation) = (copies, new GaussianPerturbation(deviation));
    }

    /// <summary>sigma, the deviation of the noise.</summary>
    public double Deviation => smoothing.Deviation;

    /// <summary>m, the noisy copies that vote.</summary>
    public int Copies { get; }

    /// <summary>How many draws stand behind a certificate, and its alpha; of the same deviation.</summary>
    /// <exception cref="ArgumentException">Of another deviation.</exception>
    [NotPartOfIdentity]
    public RandomizedSmoothing Smoothing
    {
        get => smoothing;
        init => smoothing = value.Deviation == smoothing.Deviation ? value : throw new ArgumentException(
            $"The classifier smooths with a deviation of {smoothing.Deviation}, and this certifies one of "
                + $"{value.Deviation}.",
            nameof(value));
    }

    /// <inheritdoc/>
    /// <remarks>Each is an average over m copies already.</remarks>
    public int EotSamples { get; init; } = 1;

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        if (training || IsBeingTrained)
            return base.forward(images);
        using var scope = NewDisposeScope();
        var logits = OfCopies(images);
        var votes = nn.functional.one_hot(logits.argmax(2), logits.size(2)).sum([0]).to_type(ScalarType.Float32);
        // A logit that is not a number is no vote for anybody.
        return ((votes + (1.0 / votes.size(1))) / (Copies + 1)).log()
            .masked_fill(logits.isnan().any(2).any(0).unsqueeze(1), float.NaN).MoveToOuterDisposeScope();
    }

    /// <summary>The logarithm of the mean probability over m copies; in training the network's logits.</summary>
    public Tensor surrogate(Tensor images)
    {
        if (training || IsBeingTrained)
            return base.forward(images);
        using var scope = NewDisposeScope();
        return (OfCopies(images).log_softmax(2).logsumexp(0) - Math.Log(Copies)).MoveToOuterDisposeScope();
    }

    /// <summary>Labels, or abstention, and radii in L2.</summary>
    public Certificate Certify(Tensor images) => Certify(images, null);

    /// <summary>Labels, or abstention, and radii in L2.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <param name="progress">Receives the share of the work done, in [0, 1].</param>
    /// <param name="cancellation">Stops it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidOperationException">A classifier in training mode.</exception>
    public Certificate Certify(
        Tensor images, IProgress<double>? progress, CancellationToken cancellation = default) =>
        Smoothing.CertifyVote(this, Copies, base.forward, images, progress, cancellation);

    /// <summary>The network's logits of each copy, [m, N, K].</summary>
    Tensor OfCopies(Tensor images)
    {
        var noise = Deviation * randn([Copies, .. images.shape], device: images.device);
        return base.forward((images + noise).clamp(0, 1).flatten(0, 1)).unflatten(0, [Copies, images.size(0)]);
    }
}
