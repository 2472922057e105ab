using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Feinman et al. 2017 [9]: an image is suspicious when a dropout network disagrees with itself about it (Bayesian
/// uncertainty U), or when its features lie where the training images of the class it is given to have none (kernel
/// density). A logistic regression weighs the two.
/// </summary>
/// <remarks>
/// U(x) = mean_t p_t.p_t - pbar.pbar over T draws of the dropout masks, in [0, 1 - 1/K]. The density is that of
/// <see cref="KernelDensity"/> for the class the network without dropout predicts.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Feinman et al. 2017 [9]",
    UnderAttack = "Falls to attacks that lower its score beside changing the class.")]
[Claims<AdversarialRejection>]
public sealed class BayesianUncertaintyDetector : FittedDetector, IRandomized
{
    const double DropoutProbability = 0.5;

    /// <summary>Reference features a class: enough for stable figures, and quick.</summary>
    const int ReferencesPerClass = 100;

    readonly KernelDensity density;
    readonly MonteCarloDropout dropout;

    /// <summary>Makes an untrained detector with a dropout network of its own.</summary>
    /// <exception cref="ArgumentException">The factory's network has no <c>nn.Dropout</c> modules.</exception>
    public BayesianUncertaintyDetector(INetworkFactory networks)
        : base(networks.Create(new NetworkRequest { Dropout = DropoutProbability }), evidenceCount: 2)
    {
        density = new KernelDensity(Network.ClassCount, Network.FeatureCount, ReferencesPerClass);
        dropout = new MonteCarloDropout(Network, DropoutProbability);
        register_module(nameof(density), density);
    }

    /// <summary>
    /// T, draws of the dropout masks a score is made from; 2 or more. The source uses 50; the cost grows with it.
    /// </summary>
    public int DropoutDraws { get; set; } = 20;

    /// <summary>b, the density's bandwidth, in units of the features; 1.2 is the source's for MNIST.</summary>
    public double Bandwidth
    {
        get => density.Bandwidth;
        set => density.Bandwidth = value;
    }

    /// <inheritdoc/>
    /// <remarks>One: a score averages over <see cref="DropoutDraws"/> draws already.</remarks>
    public int EotSamples => 1;

    /// <summary>Two: half of the units are silent in every batch.</summary>
    protected override int EpochFactor => 2;

    /// <summary>
    /// What the regression sees, float32 [N, 2]: the log density under the predicted class, and the uncertainty U.
    /// </summary>
    /// <exception cref="InvalidOperationException">The detector is not in evaluation mode.</exception>
    public override Tensor Evidence(Tensor images)
    {
        if (training)
            throw new InvalidOperationException(
                "The detector is in training mode, where dropout acts on the density too: call eval() first.");
        using var scope = NewDisposeScope();
        var count = images.size(0);
        var (features, logits) = dropout.Passes(images, DropoutDraws);
        var predicted = logits.narrow(0, 0, count).argmax(1);
        var logDensity = density.call(features.narrow(0, 0, count), predicted);
        var drawn = logits.narrow(0, count, DropoutDraws * count).softmax(1).unflatten(0, [DropoutDraws, count]);
        return stack([logDensity, Uncertainty(drawn)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// U = mean_t p_t.p_t - pbar.pbar, float32 [N], of probabilities [T, N, K]: the trace of their covariance over the
    /// draws. Computed as mean_t |p_t - pbar|^2, the same without cancellation.
    /// </summary>
    public static Tensor Uncertainty(Tensor probabilities)
    {
        using var scope = NewDisposeScope();
        var differences = probabilities - probabilities.mean([0], keepdim: true);
        return differences.pow(2).sum(-1).mean([0]).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the density's references from the images.</summary>
    /// <inheritdoc/>
    protected override void FitEvidence(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
        var (references, unused) =
            seen.SplitStratified(Math.Min(seen.Count, Network.ClassCount * ReferencesPerClass));
        using (unused)
        using (references)
        {
            var features = InBatches(references, device, Network.features, cancellation);
            density.Fit(features, references.Labels.to(device));
        }
    }
}
