namespace Ensembles.Data;

/// <summary>How images of any size come to have one size when they are read.</summary>
public sealed record ImageScaling
{
    ImageScaling(int height, int width, int? shorterSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Height, Width, ShorterSide) = (height, width, shorterSide);
    }

    /// <summary>H, what images have in the end.</summary>
    public int Height { get; }

    /// <summary>W, what images have in the end.</summary>
    public int Width { get; }

    /// <summary>What the shorter side is scaled to before the middle is cut out; null where nothing is cut.</summary>
    public int? ShorterSide { get; }

    /// <summary>Scales images to a height and a width, whatever their proportions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A height or width below 1.</exception>
    public static ImageScaling To(int height, int width) => new(height, width, null);

    /// <summary>
    /// Scales images in their proportions until the shorter side has <paramref name="shorterSide"/> pixels, then keeps
    /// the square of <paramref name="size"/> in the middle: 224 of 256 is usual for ImageNet.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size below 1, or one that the scaled image does not have.
    /// </exception>
    public static ImageScaling CenterCrop(int size, int shorterSide)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, shorterSide);
        return new(size, size, shorterSide);
    }

    /// <summary>Height and width that an image is scaled to before the middle is cut out.</summary>
    internal (long Height, long Width) Scaled((int Height, int Width) image)
    {
        if (ShorterSide is not { } side)
            return (Height, Width);
        var shorter = Math.Min(image.Height, image.Width);
        // The longer side of a narrow image may come to have more pixels than an int counts.
        return ((long)side * image.Height / shorter, (long)side * image.Width / shorter);
    }

    /// <summary>The first row and column of the middle of a scaled image.</summary>
    internal (long Row, long Column) Corner((long Height, long Width) scaled) =>
        (Middle(scaled.Height - Height), Middle(scaled.Width - Width));

    /// <summary>Half of it, and the even one of both halves where it is odd, as torchvision rounds.</summary>
    static long Middle(long rest) => (long)Math.Round(rest / 2.0, MidpointRounding.ToEven);
}
