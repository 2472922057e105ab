using System.Runtime.InteropServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// A deterministic component as frozen layers that an attack calls in its place, for the same outputs and gradients to
/// the image in less time: batch normalisation folded; convolutions fused with what follows them, forward and backward,
/// or laid out for torch's. Each path is compared with the component on the first images that come its way.
/// </summary>
/// <remarks>
/// Which path images take follows from their number and the network's shape alone, and not from a measurement: a seed
/// reproduces an attack bit for bit.
/// </remarks>
sealed class AttackPlan : IDisposable
{
    /// <summary>
    /// Up to so many channels our convolutions and their gradients are faster than torch's for any number of images;
    /// see benchmarks/README.md.
    /// </summary>
    const long NarrowChannels = 128;

    /// <summary>With more channels they are for so many images.</summary>
    const int FewImages = 4;

    readonly Module<Tensor, Tensor> component;
    readonly FrozenNetwork lowered;
    readonly long[] shape;
    readonly bool withGradient;
    readonly Tolerance tolerance;
    readonly int fuseUpTo;
    readonly Dictionary<ConvolutionPath, FrozenNetwork?> standIns = [];

    AttackPlan(
        Module<Tensor, Tensor> component, FrozenNetwork lowered, long[] shape, bool withGradient, Tolerance tolerance)
    {
        (this.component, this.lowered, this.shape) = (component, lowered, shape);
        (this.withGradient, this.tolerance) = (withGradient, tolerance);
        var channels = lowered.AllLayers
            .OfType<ConvLayer>()
            .Select(layer => Math.Max(layer.Weight.size(0), layer.Weight.size(1)));
        // Around what is no step of theirs ours would lay the images out anew, and torch's are faster.
        var isInterrupted = lowered.Layers.Any(
            layer => layer is ConcatLayer or ResidualLayer && !Fusing.CanBeAStep(layer));
        fuseUpTo = !Fusing.IsSupported || isInterrupted ? 0
            : channels.Max() <= NarrowChannels ? int.MaxValue
            : FewImages;
    }

    /// <summary>
    /// The plan of a component for images [N, C, H, W]; null where it cannot be taken apart, or has no convolution.
    /// </summary>
    /// <param name="component">The component.</param>
    /// <param name="images">Images of the shape the plan is for.</param>
    /// <param name="withGradient">Whether gradients to the images are asked for.</param>
    /// <param name="whileTrained">Whether its weights change between calls.</param>
    public static AttackPlan? Of(
        Module<Tensor, Tensor> component, Tensor images, bool withGradient, bool whileTrained = false)
    {
        if (images.dim() != 4
            || !IsPlain(images)
            || !IsPlain(component)
            || Lowered(component, images, whileTrained) is not { } lowered)
            return null;
        if (lowered.AllLayers.Any(layer => layer is ConvLayer) && (lowered.CanRefresh || !whileTrained))
            return new AttackPlan(
                component, lowered, images.shape[1..], withGradient,
                whileTrained ? Tolerance.AnyWeights : Tolerance.Rounding);
        lowered.Dispose();
        return null;
    }

    /// <summary>Whether anything has answered in the place of the component.</summary>
    public bool HasAnswered => standIns.Values.Any(standIn => standIn is not null);

    /// <summary>What the component gives for images, differentiable in them.</summary>
    public Tensor Run(Tensor images)
    {
        var count = images.size(0);
        var asksForMore = !withGradient && is_grad_enabled() && images.requires_grad;
        if (count == 0 || asksForMore || !images.shape[1..].SequenceEqual(shape))
            return Draws.Answer(component, images);
        var path = count <= fuseUpTo ? ConvolutionPath.Fused : ConvolutionPath.ChannelsLast;
        if (!standIns.TryGetValue(path, out var standIn))
            standIns.Add(path, standIn = StandIn(path, images));
        return standIn?.Run(images) ?? Draws.Answer(component, images);
    }

    /// <summary>Takes the weights that the component has now; everything else about it has stayed.</summary>
    public void Refresh()
    {
        lowered.Refresh();
        foreach (var standIn in standIns.Values)
            standIn?.Refresh();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var standIn in standIns.Values)
            standIn?.DisposeExcept(lowered);
        lowered.Dispose();
    }

    /// <summary>Nothing random, no surrogate for a gradient, and float32 on the CPU throughout.</summary>
    static bool IsPlain(Module<Tensor, Tensor> component) =>
        component.modules().Prepend(component).All(module => module is not (IRandomized or INonDifferentiable))
        && component.parameters().Concat(component.buffers()).Where(values => values.is_floating_point()).All(IsPlain);

    static bool IsPlain(Tensor values) =>
        values.dtype == ScalarType.Float32 && values.device_type == TorchSharp.DeviceType.CPU;

    static FrozenNetwork? Lowered(Module<Tensor, Tensor> component, Tensor images, bool whileTrained)
    {
        try
        {
            return Lowering.Of(component, CPU, mayCopy: false);
        }
        catch (Exception exception) when (exception is NotCopiedException or InvalidOperationException)
        {
            // It has its own forward or hooks, or its answer for an image depends on the other images. What the forward
            // computes may be read from its source.
            return Lowering.OfGraph(component, images, CPU, refreshes: whileTrained);
        }
    }

    FrozenNetwork? StandIn(ConvolutionPath path, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var sample = images.detach().narrow(0, 0, 1);
        FrozenNetwork standIn;
        try
        {
            using var noGradient = no_grad();
            standIn = lowered.Variant(path, ScalarType.Float32, sample, withGradient);
        }
        catch (ExternalException)
        {
            // Images of a shape that its layers do not take: the component says so in its own words.
            return null;
        }

        if (Comparison.Agree(component, standIn, images, withGradient, tolerance))
            return standIn;
        standIn.DisposeExcept(lowered);
        return null;
    }
}
