using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Training by CROWN-IBP (Zhang et al. 2020): of the layers inside intervals are the bounds, and of the last layer
/// linear ones followed back to the images, b L + (1 - b) I with L from linear bounds and I from intervals. b falls
/// from 1 to 0 as epsilon grows: linear bounds lead to where intervals alone stay too loose to begin.
/// </summary>
/// <remarks>At the end of the ramp it costs what <see cref="IntervalBoundLoss"/> does, before it several times more.
/// </remarks>
/// <param name="epsilon">The radius at the end of the ramp, in pixel values in [0, 1]; positive.</param>
/// <param name="kappa">What kappa falls to, in [0, 1]; the source's own runs have 0.5 and 0.</param>
public sealed class CrownIntervalBoundLoss(double epsilon, double kappa = 0.5) : BoundLoss(epsilon, kappa)
{
    private protected override Tensor Differences(LayerBounds bounds, Tensor labels, double share)
    {
        var intervals = IntervalBounds.Leads(bounds, labels);
        var linear = 1 - share;
        return linear > 0
            ? (linear * CrownBounds.Leads(bounds, labels).to_type(intervals.dtype)) + ((1 - linear) * intervals)
            : intervals;
    }
}
