using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Carries out a plan: checks the images, brings them to where it is, and lets it decide.</summary>
sealed class EnsemblePlan : IDisposable
{
    public required IDecisions Decisions { get; init; }

    public required CompileOptions Options { get; init; }

    public required Device Device { get; init; }

    public required PlanChoices Choices { get; init; }

    public required string Description { get; init; }

    public Decision Decide(Tensor images)
    {
        ThrowIfOther(images);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return DecideWhereTheyAre(images).MoveToOuterDisposeScope();
    }

    Decision DecideWhereTheyAre(Tensor images)
    {
        if (images.size(0) == 0)
            return Nothing(images.device);
        if (images.device_type == DeviceType.CPU)
        {
            if (!PixelCheck.AreInRange(images))
                ImageChecks.ThrowIfNotImages(images);
            var atOnce = Decisions.NeedsWholeBatch ? long.MaxValue : HostImages.AtOnce(Options.ImageShape);
            return Device.type == DeviceType.CPU && images.size(0) <= atOnce
                ? Decisions.Decide(images)
                : HostImages.Decide(images, Device, atOnce, Decisions.Decide);
        }

        var check = new DeferredPixelCheck(images);
        var decision = Decisions.Decide(images);
        check.ThrowIfNotImages();
        return decision;
    }

    void ThrowIfOther(Tensor images)
    {
        var isHere = images.device_type == Device.type && (Device.index < 0 || images.device_index == Device.index);
        // A plan on CUDA also takes images from the host's memory.
        if (!isHere && !(images.device_type == DeviceType.CPU && Device.type == DeviceType.CUDA))
            throw new ArgumentException(
                $"The plan is made for {Device}; these images are on {images.device}. "
                    + "Move them, or compile with that device.",
                nameof(images));
        var shape = Options.ImageShape;
        if (images.dim() != 4 || images.size(1) != shape[0] || images.size(2) != shape[1] || images.size(3) != shape[2])
            throw new ArgumentException(
                $"The plan is made for images [N, {string.Join(", ", shape)}]; "
                    + $"this tensor has the shape [{string.Join(", ", images.shape)}].",
                nameof(images));
        if (images.dtype != ScalarType.Float32)
            ImageChecks.ThrowIfNotImages(images);
    }

    Decision Nothing(Device device) => new(
        zeros(0, Decisions.Classes, device: device),
        zeros(0, dtype: ScalarType.Int64, device: device),
        zeros(Decisions.MemberCount, 0, Decisions.Classes, device: device),
        zeros(Decisions.GateCount, 0, device: device));

    public void Dispose() => Decisions.Dispose();
}
