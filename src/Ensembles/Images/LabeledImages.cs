using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Images with their labels, held in memory.</summary>
public sealed partial record LabeledImages : ILabeledImages
{
    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="labels">Int64 [N] in [0, <paramref name="classCount"/>).</param>
    /// <param name="classCount">K, the number of classes.</param>
    /// <exception cref="ArgumentException">
    /// A wrong shape or type, a value outside its range, or counts that differ.
    /// </exception>
    public LabeledImages(Tensor images, Tensor labels, int classCount)
    {
        ImageChecks.ThrowIfNotImages(images);
        ImageChecks.ThrowIfNotLabels(labels, images.size(0), classCount);
        Images = images.DetachFromDisposeScope();
        Labels = labels.DetachFromDisposeScope();
        ClassCount = classCount;
    }

    /// <summary>
    /// A part of images that were checked already: looking at every value again would cost more than taking the part.
    /// </summary>
    LabeledImages(LabeledImages whole, Tensor images, Tensor labels)
    {
        Images = images.DetachFromDisposeScope();
        Labels = labels.DetachFromDisposeScope();
        ClassCount = whole.ClassCount;
    }

    /// <summary>Float32 [N, C, H, W] in [0, 1].</summary>
    public Tensor Images { get; }

    /// <summary>Int64 [N].</summary>
    public Tensor Labels { get; }

    /// <summary>K, the number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>N, the number of images.</summary>
    public int Count => (int)Images.size(0);

    /// <summary>
    /// The images on a device: a copy, or on the device they are on already a view. The caller disposes both.
    /// </summary>
    public LabeledImages To(Device device)
    {
        using var scope = NewDisposeScope();
        return new LabeledImages(this, Images.to(device).alias(), Labels.to(device).alias());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
