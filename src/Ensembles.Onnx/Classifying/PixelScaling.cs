namespace Ensembles.Onnx;

/// <summary>
/// What a network wants of pixels in [0, 1]: (x - mean) / deviation, for each channel or for all alike.
/// </summary>
/// <param name="Mean">What is taken off, one number or one for each channel.</param>
/// <param name="Deviation">What it is divided by, likewise.</param>
public sealed record PixelScaling(IReadOnlyList<float> Mean, IReadOnlyList<float> Deviation)
{
    /// <summary>Pixels as they are: for files that normalise inside, or networks trained on [0, 1].</summary>
    public static PixelScaling None { get; } = new([0], [1]);

    /// <summary>The mean and deviation of ImageNet, as networks of torchvision and timm were trained with.</summary>
    public static PixelScaling ImageNet { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>Pixels in [-1, 1], as several networks of Keras and TensorFlow were trained with.</summary>
    public static PixelScaling PlusMinusOne { get; } = new([0.5f], [0.5f]);

    /// <summary>Pixels in [0, 255].</summary>
    public static PixelScaling Bytes { get; } = new([0], [1 / 255f]);

    /// <summary>Whether pixels stay as they are.</summary>
    internal bool IsNone => Mean.All(mean => mean == 0) && Deviation.All(deviation => deviation == 1);

    /// <exception cref="ArgumentException">Numbers that do not fit so many channels.</exception>
    internal void ThrowIfNotFor(long channels)
    {
        if ((Mean.Count != 1 && Mean.Count != channels) || (Deviation.Count != 1 && Deviation.Count != channels))
            throw new ArgumentException(
                $"The network's images have {channels} channels, and there are {Mean.Count} means and "
                    + $"{Deviation.Count} deviations: give one, or one for each channel.");
        if (Mean.Concat(Deviation).Any(number => !float.IsFinite(number)) || Deviation.Any(number => number == 0))
            throw new ArgumentException("Means and deviations are finite numbers, and no deviation is 0.");
    }
}
