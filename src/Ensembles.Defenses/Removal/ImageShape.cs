using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>Says which images a transform cannot take.</summary>
static class ImageShape
{
    /// <summary>Throws unless the tensor is [N, C, H, W] with pixels.</summary>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public static void ThrowIfNot(Tensor images)
    {
        if (images.dim() != 4 || images.size(1) == 0 || images.size(2) == 0 || images.size(3) == 0)
            throw new ArgumentException(
                $"Images have the shape [N, C, H, W]; this tensor has the shape [{string.Join(", ", images.shape)}].",
                nameof(images));
    }

    /// <summary>Throws unless the images are [N, C, H, W] and no side is shorter than the one given.</summary>
    /// <exception cref="ArgumentException">Another shape, or images that are too small.</exception>
    public static void ThrowIfSmaller(Tensor images, int side, string because)
    {
        ThrowIfNot(images);
        if (images.size(2) < side || images.size(3) < side)
            throw new ArgumentException(
                $"Images are at least {side}x{side} here, because {because}; these are "
                    + $"{images.size(2)}x{images.size(3)}.",
                nameof(images));
    }
}
