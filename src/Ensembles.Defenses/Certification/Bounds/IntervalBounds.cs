using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Interval bound propagation (Gowal et al. 2018): a box becomes a box layer by layer, mu' = W mu + b and r' = |W| r,
/// and a ReLU acts on both ends. Two passes through the network.
/// </summary>
/// <remarks>
/// In differences of logits c = e_y - e_k goes into the last linear layer, so that what y and k have in common cancels
/// before anything is bounded.
/// </remarks>
public sealed class IntervalBounds : BoundMethod
{
    /// <summary>Makes the bounds, of 128 images at once: boxes take little room.</summary>
    public IntervalBounds() => BatchSize = 128;

    private protected override LayerBounds Bounds(BoundedNetwork network, Interval box) => new(network, box);

    private protected override Interval Outputs(LayerBounds bounds) => bounds.Output;

    private protected override Tensor Differences(LayerBounds bounds, Tensor labels) => Leads(bounds, labels);

    /// <summary>Lower bounds of z_y - z_k, [N, K], from the bounds of what the last layer reads.</summary>
    internal static Tensor Leads(LayerBounds bounds, Tensor labels)
    {
        if (bounds.LastLayer is not FullyConnectedBounds head || bounds.Input(bounds.Last).Lower.dim() != 2)
            return Apart(bounds.Output, labels);

        using var scope = NewDisposeScope();
        var (weight, box) = (head.Weight, bounds.Input(bounds.Last));
        var rounding = Rounding.Of(Math.Max(weight.size(0), weight.size(1)));
        var center = box.Center;
        var own = labels.unsqueeze(1);
        var logits = functional.linear(center, weight, head.Added);
        // |e_y - e_k| W radius, with [N, K, D] of |W_y - W_k|
        var reach = (weight.index_select(0, labels).unsqueeze(1) - weight).abs_()
            .matmul(box.Radius(center).unsqueeze(2)).squeeze(2) * (1 + rounding);
        // Each of the two logits is rounded by itself, and so is each of the two at the center.
        var magnitude = functional.linear(box.Magnitude, weight.abs(), head.Added?.abs()) * (2 * rounding);
        return (logits.gather(1, own) - logits - reach - (magnitude + magnitude.gather(1, own)) - Rounding.Smallest)
            .MoveToOuterDisposeScope();
    }

    /// <summary>l_y - u_k, for outputs that no linear layer gives.</summary>
    static Tensor Apart(Interval outputs, Tensor labels)
    {
        var difference = outputs.Lower.gather(1, labels.unsqueeze(1)) - outputs.Upper;
        return difference - (difference.abs() * Rounding.Of(terms: 1));
    }
}
