namespace Ensembles.Onnx;

/// <summary>What an ONNX file does not say of the network in it.</summary>
public sealed record OnnxOptions
{
    /// <summary>What the network wants of pixels in [0, 1].</summary>
    public PixelScaling Scaling { get; init; } = PixelScaling.None;

    /// <summary>Height and width of the images, for files that leave them open; null for what the file says.</summary>
    public (int Height, int Width)? ImageSize { get; init; }

    /// <summary>
    /// The value of the file that is the logits [N, K]; null for its only output that can be. Any value in the file can
    /// be named, so that a network whose last layers turn logits into something else is cut off before them.
    /// </summary>
    public string? Output { get; init; }
}
