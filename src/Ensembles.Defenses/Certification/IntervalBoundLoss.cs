using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Training by interval bounds (Gowal et al. 2018): the worst logits are those that intervals leave possible, with
/// e_y - e_k in the last layer.
/// </summary>
/// <param name="epsilon">The radius at the end of the ramp, in pixel values in [0, 1]; positive.</param>
/// <param name="kappa">What kappa falls to, in [0, 1]; 0.5 is the source's.</param>
public sealed class IntervalBoundLoss(double epsilon, double kappa = 0.5) : BoundLoss(epsilon, kappa)
{
    private protected override Tensor Differences(LayerBounds bounds, Tensor labels, double share) =>
        IntervalBounds.Leads(bounds, labels);
}
