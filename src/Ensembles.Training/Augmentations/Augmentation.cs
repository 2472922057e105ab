using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Changes the training images of a batch at random. What it draws follows from the seed of the run, the epoch and the
/// batch, so a resumed run sees the same images.
/// </summary>
public abstract record Augmentation
{
    /// <summary>Changed images of the same shape, float32 [N, C, H, W] in [0, 1].</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="generator">What to draw from, on the CPU.</param>
    public abstract Tensor Apply(Tensor images, Generator generator);
}

/// <summary>Moves each image by up to <see cref="Padding"/> pixels in each direction; what comes in is black.</summary>
/// <param name="Padding">Pixels, 1 or more; 4 is usual for images of 32x32.</param>
public sealed record CropAugmentation(int Padding) : Augmentation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor images, Generator generator)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Padding, 1);
        using var scope = NewDisposeScope();
        var (count, channels, height, width) = (images.size(0), images.size(1), images.size(2), images.size(3));
        var padded = nn.functional.pad(images, [Padding, Padding, Padding, Padding]);
        var corners = randint(2L * Padding + 1, [2, count, 1], generator: generator).to(images.device);
        var rows = (corners[0] + arange(height, device: images.device)).view(count, 1, height, 1);
        var columns = (corners[1] + arange(width, device: images.device)).view(count, 1, 1, width);
        return padded
            .gather(2, rows.expand(count, channels, height, padded.size(3)))
            .gather(3, columns.expand(count, channels, height, width))
            .MoveToOuterDisposeScope();
    }
}

/// <summary>Mirrors every second image, drawn anew each time, left to right.</summary>
public sealed record FlipAugmentation : Augmentation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor images, Generator generator)
    {
        using var scope = NewDisposeScope();
        var mirrored = rand(images.size(0), 1, 1, 1, generator: generator).lt(0.5).to(images.device);
        return where(mirrored, images.flip(3), images).MoveToOuterDisposeScope();
    }
}

/// <summary>Adds normal noise and clips to [0, 1].</summary>
/// <param name="Deviation">The noise's standard deviation in units of pixel values; positive.</param>
public sealed record NoiseAugmentation(double Deviation) : Augmentation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor images, Generator generator)
    {
        using var scope = NewDisposeScope();
        var noise = randn(images.shape, generator: generator).to(images.device);
        return (images + noise * Deviation).clamp(0, 1).MoveToOuterDisposeScope();
    }
}
