using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Checks that say what is wrong with images and labels before anything is computed on them.</summary>
public static class ImageChecks
{
    /// <summary>Throws unless the tensor is float32 [N, C, H, W] with values in [0, 1].</summary>
    /// <exception cref="ArgumentException">
    /// Another shape or type, or a value outside [0, 1] or not a number.
    /// </exception>
    public static void ThrowIfNotImages(Tensor images)
    {
        if (images.dim() != 4)
            throw new ArgumentException(
                $"Images have the shape [N, C, H, W]; this tensor has the shape [{string.Join(", ", images.shape)}].",
                nameof(images));
        if (images.dtype != ScalarType.Float32)
            throw new ArgumentException(
                $"Images are float32 in [0, 1]; this tensor is {images.dtype}. Convert it, and divide bytes by 255.",
                nameof(images));
        if (images.size(0) == 0)
            return;
        if (images.numel() == 0)
            throw new ArgumentException(
                $"Images of the shape [{string.Join(", ", images.shape)}] have no pixels.", nameof(images));

        using var scope = NewDisposeScope();
        var values = images.detach();
        var (low, high) = (values.amin([0, 1, 2, 3]).item<float>(), values.amax([0, 1, 2, 3]).item<float>());
        // Written so that NaN fails.
        if (!(low >= 0 && high <= 1))
            throw new ArgumentException(
                $"Images lie in [0, 1]; these span [{low}, {high}]. Normalisation belongs inside the network.",
                nameof(images));
    }

    /// <summary>
    /// Throws unless the tensor is int64 [<paramref name="count"/>] with values in [0, <paramref name="classCount"/>).
    /// </summary>
    /// <exception cref="ArgumentException">Another shape or type, or a label out of range.</exception>
    public static void ThrowIfNotLabels(Tensor labels, long count, int classCount)
    {
        if (labels.dim() != 1 || labels.size(0) != count)
            throw new ArgumentException(
                $"There are {count} images, so labels have the shape [{count}]; "
                    + $"this tensor has the shape [{string.Join(", ", labels.shape)}].",
                nameof(labels));
        if (labels.dtype != ScalarType.Int64)
            throw new ArgumentException($"Labels are int64; this tensor is {labels.dtype}.", nameof(labels));
        if (count == 0)
            return;

        using var scope = NewDisposeScope();
        var (low, high) = (labels.min().item<long>(), labels.max().item<long>());
        if (low < 0 || high >= classCount)
            throw new ArgumentException(
                $"Labels lie in [0, {classCount}); these span [{low}, {high}].", nameof(labels));
    }
}
