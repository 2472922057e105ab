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

    /// <summary>Images that are bounded at once, 1 or more: what memory, and at best a cache, has to hold.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Two tensors that the outputs lie between, float64 of their shape [N, ...].</summary>
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
        var parts = InBatches(module, lower, upper, (bounds, _, _) => OutputsOf(bounds));
        return (
            cat([.. parts.Select(part => part.Lower)]).MoveToOuterDisposeScope(),
            cat([.. parts.Select(part => part.Upper)]).MoveToOuterDisposeScope());
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
        var parts = InBatches(module, lower, upper, (bounds, start, count) =>
            new Interval(DifferencesOf(bounds, labels.narrow(0, start, count)), zeros(0)));
        return cat([.. parts.Select(part => part.Lower)]).MoveToOuterDisposeScope();
    }

    /// <summary>The methods that are tried one after the other where a proof is wanted, the cheapest first; this is the
    /// last.</summary>
    private protected virtual IReadOnlyList<BoundMethod> Stages => [this];

    /// <inheritdoc cref="Stages"/>
    internal IReadOnlyList<BoundMethod> FromTheCheapest => Stages;

    /// <summary>
    /// Bounds the first image, so that what layers work out once, such as a matrix, is there in the scope of the caller
    /// and not of a batch.
    /// </summary>
    internal static void Prepare(BoundedNetwork network, Tensor images)
    {
        var first = images.narrow(0, 0, 1);
        new IntervalBounds().Bounds(network, first, first);
    }

    /// <summary>The bounds of all layers in a box; its ends are rounded outward to the network's type.</summary>
    internal LayerBounds Bounds(BoundedNetwork network, Tensor lower, Tensor upper)
    {
        var box = new Interval(lower.to_type(network.Type), upper.to_type(network.Type));
        return Bounds(network, lower.dtype == network.Type ? box : box.Widened(zeros_like(box.Lower)));
    }

    /// <summary>Where the outputs lie, float64.</summary>
    internal Interval OutputsOf(LayerBounds bounds)
    {
        var (lower, upper) = Outputs(bounds);
        return new Interval(lower.to_type(ScalarType.Float64), upper.to_type(ScalarType.Float64));
    }

    /// <summary>Lower bounds of z_y - z_k, float64 [N, K], 0 at k = y.</summary>
    internal Tensor DifferencesOf(LayerBounds bounds, Tensor labels)
    {
        var differences = Differences(bounds, labels);
        return differences.scatter(1, labels.unsqueeze(1), zeros_like(differences)).to_type(ScalarType.Float64);
    }

    /// <summary>Whether z_y is above all others, bool [N].</summary>
    internal Tensor Proves(LayerBounds bounds, Tensor labels)
    {
        var own = labels.unsqueeze(1);
        // A bound that is not a number proves nothing.
        return Excluded(bounds, labels).scatter(1, own, ones_like(own, ScalarType.Bool)).all(1);
    }

    /// <summary>
    /// Throws where a module's own answers are not between the bounds at the images themselves: its forward is then
    /// something else than its layers say, and what is proven of them is not true of it.
    /// </summary>
    /// <param name="name">The module's name.</param>
    /// <param name="network">The module, taken apart.</param>
    /// <param name="images">Some images.</param>
    /// <param name="answers">What it answers to them.</param>
    internal static void ThrowIfOther(string name, BoundedNetwork network, Tensor images, Tensor answers)
    {
        using var scope = NewDisposeScope();
        var intervals = new IntervalBounds();
        var (lower, upper) = intervals.OutputsOf(intervals.Bounds(network, images, images));
        var given = answers.to_type(ScalarType.Float64);
        if (!given.shape.SequenceEqual(lower.shape)
            || !given.ge(lower).logical_and(given.le(upper)).all().item<bool>())
            throw new NotSupportedException(
                $"{name} answers something else than the layers that it names do one after the other, so "
                + "that bounds of those say nothing about it: an override of forward beside its "
                + $"{nameof(ILayered.Layers)}, for example. Certify it by randomised smoothing.");
    }

    /// <summary>The bounds of all layers.</summary>
    private protected abstract LayerBounds Bounds(BoundedNetwork network, Interval box);

    private protected abstract Interval Outputs(LayerBounds bounds);

    /// <summary>[N, K]; what stands at k = y is of no matter.</summary>
    private protected abstract Tensor Differences(LayerBounds bounds, Tensor labels);

    /// <summary>Which classes lie below z_y, bool [N, K]; what stands at k = y is of no matter.</summary>
    private protected virtual Tensor Excluded(LayerBounds bounds, Tensor labels) => Differences(bounds, labels).gt(0);

    /// <summary>What is found of the images, batch by batch.</summary>
    List<Interval> InBatches(
        Module<Tensor, Tensor> module, Tensor lower, Tensor upper, Func<LayerBounds, long, long, Interval> find)
    {
        ThrowIfNoBox(lower, upper);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        var network = BoundedNetwork.Of(module);
        Prepare(network, lower);
        var parts = new List<Interval>();
        for (var start = 0L; start < lower.size(0); start += BatchSize)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(BatchSize, lower.size(0) - start);
            var bounds = Bounds(network, lower.narrow(0, start, count), upper.narrow(0, start, count));
            parts.Add(find(bounds, start, count).MoveToOuterDisposeScope());
        }

        return parts;
    }

    static void ThrowIfNoBox(Tensor lower, Tensor upper)
    {
        if (!lower.shape.SequenceEqual(upper.shape) || lower.numel() == 0 || lower.gt(upper).any().item<bool>())
            throw new ArgumentException(
                "A box has lower ends and upper ends of one shape, one or more, nowhere the wrong way round; these "
                + $"have the shapes [{string.Join(", ", lower.shape)}] and [{string.Join(", ", upper.shape)}].");
    }
}
