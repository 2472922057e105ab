namespace Ensembles.Training;

/// <summary>Makes <see cref="ResNet18"/> networks for images of one shape.</summary>
/// <param name="channels">C, the channels of an image.</param>
/// <param name="imageSize">Height and width of an image, <see cref="ResNet18.SmallestImage"/> or more.</param>
/// <param name="classes">K, the number of classes.</param>
public sealed class ResNet18Factory(int channels, int imageSize, int classes) : INetworkFactory
{
    const int LargeFrom = 64;

    /// <summary>How the images come in: by their size, from 64 pixels on as in torchvision.</summary>
    public ResNetStem Stem { get; init; } = imageSize < LargeFrom ? ResNetStem.Small : ResNetStem.Large;

    /// <summary>Batch normalisation, or what stands in its place where no request says otherwise.</summary>
    public Normalization Normalization { get; init; } = Normalization.Batch;

    /// <summary>The factor by which every layer is wider than ResNet-18's, positive.</summary>
    public double Width { get; init; } = 1;

    /// <inheritdoc/>
    /// <remarks>The weights are drawn from torch's global generator.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Images that are too small.</exception>
    public FeatureNetwork Create(NetworkRequest? request = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, ResNet18.SmallestImage);
        request ??= new NetworkRequest();
        return new ResNet18(
            request.Channels ?? channels,
            request.Classes ?? classes,
            Stem,
            request.Normalization ?? Normalization,
            request.Dropout,
            request.Width * Width);
    }
}
