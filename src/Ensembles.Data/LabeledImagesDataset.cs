using static TorchSharp.torch;

namespace Ensembles.Data;

/// <summary>Labelled images for TorchSharp's <c>DataLoader</c>: "data" [C, H, W] and "label", a scalar.</summary>
/// <param name="images">The images; a loader that disposes this dataset leaves them to their owner.</param>
/// <remarks><see cref="LabeledImages.Batches"/> is faster, and its order does not depend on threads.</remarks>
public sealed class LabeledImagesDataset(LabeledImages images) : utils.data.Dataset
{
    /// <inheritdoc/>
    public override long Count => images.Count;

    /// <summary>The image at <paramref name="index"/> and its label, as views.</summary>
    public override Dictionary<string, Tensor> GetTensor(long index) => new()
    {
        ["data"] = images.Images.select(0, index),
        ["label"] = images.Labels.select(0, index),
    };
}
