using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Proves where the outputs of a network lie while its input lies in a box. Bounds hold for the network in evaluation
/// mode, in float32 or float64 and for every order of its sums: they are widened by what rounding may move.
/// </summary>
/// <remarks>
/// A network is layers that bounds know, see <see cref="ILayered"/> and <see cref="IResidual"/>; transforms before it
/// say that they are <see cref="ILinearMap"/>, <see cref="IRising"/> or <see cref="IIntervalMap"/>. Anything else is
/// refused by name. On a GPU, switch TF32 off: its arithmetic is coarser than the bounds allow for.
/// </remarks>
public abstract class BoundMethod
{
    private protected BoundMethod()
    {
    }

    /// <summary>Two tensors that the outputs lie between, of their shape [N, ...].</summary>
    /// <param name="module">The network, in evaluation mode.</param>
    /// <param name="lower">The lower ends of the box, [N, C, H, W].</param>
    /// <param name="upper">The upper ends, of the same shape; nowhere below the lower ones.</param>
    /// <exception cref="NotSupportedException">A part that no bound passes; the message names it.</exception>
    /// <exception cref="ArgumentException">Ends of other shapes, or the wrong way round.</exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public (Tensor Lower, Tensor Upper) Outputs(Module<Tensor, Tensor> module, Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (network, box) = Taken(module, lower, upper);
        var (low, high) = Outputs(network, box);
        return (Dropped(low), Dropped(high));

        Tensor Dropped(Tensor values) => values.to_type(ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Lower bounds of z_y - z_k, float64 [N, K], for the logits z of a classifier and a label y of each image; 0 at
    /// k = y. Where all others are positive no image of the box gets another label.
    /// </summary>
    /// <param name="module">The classifier, in evaluation mode.</param>
    /// <param name="lower">The lower ends of the box, [N, C, H, W].</param>
    /// <param name="upper">The upper ends, of the same shape; nowhere below the lower ones.</param>
    /// <param name="labels">y, int64 [N].</param>
    /// <inheritdoc cref="Outputs(Module{Tensor, Tensor}, Tensor, Tensor)"/>
    public Tensor Differences(Module<Tensor, Tensor> module, Tensor lower, Tensor upper, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (network, box) = Taken(module, lower, upper);
        var differences = Differences(network, box, labels);
        return differences.scatter(1, labels.unsqueeze(1), zeros_like(differences)).to_type(ScalarType.Float64)
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Throws where a module's own answers are not between the bounds at the images themselves: its forward is then
    /// something else than its layers say, and what is proven of them is not true of it.
    /// </summary>
    internal static void ThrowIfOther(Module<Tensor, Tensor> module, Tensor images, Tensor answers)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = new IntervalBounds().Outputs(module, images, images);
        var given = answers.to_type(ScalarType.Float64);
        if (!given.shape.SequenceEqual(lower.shape)
            || !given.ge(lower).logical_and(given.le(upper)).all().item<bool>())
            throw new NotSupportedException(
                $"{module.GetName()} answers something else than the layers that it names do one after the other, so "
                + "that bounds of those say nothing about it: an override of forward beside its "
                + $"{nameof(ILayered.Layers)}, for example. Certify it by randomised smoothing.");
    }

    /// <summary>The type that the bounds are computed in, for a module whose weights are of another.</summary>
    private protected abstract ScalarType TypeFor(ScalarType weights);

    private protected abstract Interval Outputs(BoundedNetwork network, Interval box);

    /// <summary>[N, K]; what stands at k = y is of no matter.</summary>
    private protected abstract Tensor Differences(BoundedNetwork network, Interval box, Tensor labels);

    (BoundedNetwork Network, Interval Box) Taken(Module<Tensor, Tensor> module, Tensor lower, Tensor upper)
    {
        if (module.modules().Prepend(module).FirstOrDefault(part => part.training) is { } training)
            throw new InvalidOperationException(
                $"{training.GetName()} is in training mode, and bounds are of answers in a test: call eval() first.");
        if (!lower.shape.SequenceEqual(upper.shape) || lower.gt(upper).any().item<bool>())
            throw new ArgumentException(
                $"A box has lower ends and upper ends of one shape, nowhere the wrong way round; these have the shapes "
                + $"[{string.Join(", ", lower.shape)}] and [{string.Join(", ", upper.shape)}].");
        var type = TypeFor(WeightType(module));
        var box = new Interval(lower.to_type(type), upper.to_type(type));
        // Ends that another type cannot hold are rounded, and not inward.
        return (BoundedNetwork.Of(module, type), lower.dtype == type ? box : box.Widened(zeros_like(box.Lower)));
    }

    static ScalarType WeightType(Module<Tensor, Tensor> module)
    {
        var types = module.parameters().Select(p => p.dtype).Distinct().ToArray();
        return types is [] ? ScalarType.Float32
            : types is [ScalarType.Float32 or ScalarType.Float64] ? types[0]
            : throw new NotSupportedException(
                $"{module.GetName()} computes in {string.Join(" and ", types)}; bounds are for float32 or float64.");
    }
}
