using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Lifted structured loss (Oh Song et al. 2016 [24]), to be added to a loss that classifies: every pair of one class in
/// a batch lies nearer together than to all images of other classes in it, by a margin. Batches need two images of a
/// class: see <see cref="ClassSampling"/>.
/// </summary>
/// <remarks>A network can lower it by growing its features, and with it nothing that an attack would meet.</remarks>
/// <param name="margin">a, in units of the features; positive. The source uses 1.</param>
public sealed class LiftedStructureLoss(double margin = 1) : TrainingLoss
{
    /// <summary>In the place of log 0: so small that no distance reaches it, and with a gradient.</summary>
    const double Nothing = -1e30;

    /// <summary>The margin.</summary>
    public double Margin { get; } = margin is > 0 and < double.PositiveInfinity
        ? margin
        : throw new ArgumentOutOfRangeException(nameof(margin), margin, "A margin is positive and finite.");

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => Value(batch.Features, batch.Labels, Margin);

    /// <summary>
    /// L = 1/(2 |P|) sum_((i, j) in P) max(0, J_ij)^2, of features [N, D] with labels [N]; a scalar, and 0 where no
    /// class comes twice. P are the pairs of one class, D_ij = ||h_i - h_j||, and J_ij = log(sum_(k not of i's class)
    /// e^(a - D_ik) + sum_(l not of j's class) e^(a - D_jl)) + D_ij.
    /// </summary>
    public static Tensor Value(Tensor features, Tensor labels, double margin)
    {
        using var scope = NewDisposeScope();
        var same = labels.unsqueeze(1).eq(labels.unsqueeze(0));
        // The root has no gradient at 0 without what is added.
        var distances = (features.unsqueeze(1) - features.unsqueeze(0)).pow(2).sum(2).add(1e-12).sqrt();
        var others = (margin - distances).masked_fill(same, Nothing).logsumexp(1);
        var j = logaddexp(others.unsqueeze(1), others.unsqueeze(0)) + distances;
        var pairs = same.triu(1).to_type(features.dtype);
        var squared = functional.relu(j).pow(2) * pairs;
        return (squared.sum() / pairs.sum().clamp_min(1) / 2).MoveToOuterDisposeScope();
    }
}
