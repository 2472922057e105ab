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
    private protected override ScalarType TypeFor(ScalarType weights) => weights;

    private protected override Interval Outputs(BoundedNetwork network, Interval box) =>
        new LayerBounds(network, box).Output;

    private protected override Tensor Differences(BoundedNetwork network, Interval box, Tensor labels) =>
        Differences(network, new LayerBounds(network, box), labels);

    /// <summary>Lower bounds of z_y - z_k, [N, K], from the bounds of what the last layer reads.</summary>
    internal static Tensor Differences(BoundedNetwork network, LayerBounds bounds, Tensor labels)
    {
        var last = network.Nodes.Count - 1;
        if (network.Nodes[last].Layer is not FullyConnectedBounds head || bounds.Input(last).Lower.dim() != 2)
            return Apart(bounds.Output, labels);

        var (weight, box) = (head.Weight, bounds.Input(last));
        var rounding = Rounding.Of(Math.Max(weight.size(0), weight.size(1)));
        var center = box.Center;
        var radius = box.Radius(center);
        // [N, K, D]
        var differences = weight.index_select(0, labels).unsqueeze(1) - weight;
        var middle = differences.matmul(center.unsqueeze(2)).squeeze(2);
        var reach = differences.abs().matmul(radius.unsqueeze(2)).squeeze(2) * (1 + rounding);
        // Each of the two logits is rounded by itself.
        var magnitude = functional.linear(box.Magnitude, weight.abs());
        if (head.Added is { } bias)
        {
            middle = middle + (bias.index_select(0, labels).unsqueeze(1) - bias);
            magnitude = magnitude + bias.abs();
        }

        var rounded = (magnitude + magnitude.gather(1, labels.unsqueeze(1))) * rounding;
        return middle - reach - rounded - Rounding.Smallest;
    }

    /// <summary>l_y - u_k, for outputs that no linear layer gives.</summary>
    static Tensor Apart(Interval outputs, Tensor labels)
    {
        var difference = outputs.Lower.gather(1, labels.unsqueeze(1)) - outputs.Upper;
        return difference - (difference.abs() * Rounding.Of(terms: 1));
    }
}
