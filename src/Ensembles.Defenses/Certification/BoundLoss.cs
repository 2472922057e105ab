using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Training by bounds: kappa CE(z, y) + (1 - kappa) CE(worst, y), where worst holds the largest z_k - z_y that bounds
/// leave possible within epsilon in Linf. Epsilon grows from 0 and kappa falls from 1 while training runs.
/// </summary>
/// <remarks>
/// The worst logits are differences with 0 at y: softmax does not see what all logits have in common. Batch
/// normalisation is bounded by its running statistics, dropout as in a test.
/// </remarks>
public abstract class BoundLoss : TrainingLoss
{
    private protected BoundLoss(double epsilon, double kappa)
    {
        Epsilon = epsilon is > 0 and <= 1
            ? epsilon
            : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "The radius in Linf is in (0, 1].");
        Kappa = kappa is >= 0 and <= 1
            ? kappa
            : throw new ArgumentOutOfRangeException(nameof(kappa), kappa, "Kappa is a share, in [0, 1].");
    }

    /// <summary>The radius at the end of the ramp.</summary>
    public double Epsilon { get; }

    /// <summary>What kappa falls to.</summary>
    public double Kappa { get; }

    /// <summary>The share of the run, in [0, 1), that is on clean images alone.</summary>
    public double Clean { get; init; } = 0.05;

    /// <summary>The share of the run, in (0, 1], after which epsilon and kappa have their last values.</summary>
    public double Ramp { get; init; } = 0.6;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch)
    {
        var share = Share(batch.Step);
        var clean = functional.cross_entropy(batch.Clean.Logits, batch.Labels);
        if (share <= 0)
            return clean;
        var classifier = batch.Classifier ?? throw new InvalidOperationException(
            $"{GetType().Name} bounds the layers of a classifier, and nobody says which: set "
            + $"{nameof(LossContext)}.{nameof(LossContext.Classifier)}.");
        var kept = 1 - ((1 - Kappa) * share);
        return (kept * clean) + ((1 - kept) * functional.cross_entropy(
            Worst(classifier, batch.Clean.Images.detach(), batch.Labels, share), batch.Labels));
    }

    /// <summary>
    /// The largest z_k - z_y in a ball, [N, K], 0 at k = y; differentiable in the parameters.
    /// </summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="images">Images [N, C, H, W] in [0, 1].</param>
    /// <param name="labels">y, int64 [N].</param>
    /// <param name="share">How much of the radius, in (0, 1].</param>
    internal Tensor Worst(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels, double share)
    {
        var network = BoundedNetwork.Of([classifier], images.dtype);
        var radius = share * Epsilon;
        var box = new Interval((images - radius).clamp(0, 1), (images + radius).clamp(0, 1));
        var differences = Differences(new LayerBounds(network, box), labels, share);
        return (-differences).masked_fill(
            functional.one_hot(labels, differences.size(1)).to_type(ScalarType.Bool), 0);
    }

    /// <summary>Lower bounds of z_y - z_k, [N, K].</summary>
    private protected abstract Tensor Differences(LayerBounds bounds, Tensor labels, double share);

    /// <summary>From 0 to 1 over the ramp.</summary>
    double Share(TrainingStep step)
    {
        if (Clean is not (>= 0 and < 1) || !(Ramp > Clean && Ramp <= 1))
            throw new InvalidOperationException(
                "Training is on clean images up to a share of the run and ramps up to a later one, in [0, 1]; "
                + $"these are {Clean} and {Ramp}.");
        return Math.Clamp((step.Share - Clean) / (Ramp - Clean), 0, 1);
    }
}
