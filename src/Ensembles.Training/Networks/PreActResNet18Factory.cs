namespace Ensembles.Training;

/// <summary>Makes <see cref="PreActResNet18"/> networks for images of one shape.</summary>
/// <param name="channels">C, the channels of an image.</param>
/// <param name="imageSize">Height and width of an image, <see cref="PreActResNet18.SmallestImage"/> or more.</param>
/// <param name="classes">K, the number of classes.</param>
public sealed class PreActResNet18Factory(int channels, int imageSize, int classes) : INetworkFactory
{
    /// <summary>The factor by which every layer is wider than PreAct-ResNet-18's, positive.</summary>
    public double Width { get; init; } = 1;

    /// <inheritdoc/>
    /// <remarks>The weights are drawn from torch's global generator.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Images that are too small.</exception>
    /// <exception cref="ArgumentException">A request without batch normalisation.</exception>
    public FeatureNetwork Create(NetworkRequest? request = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, PreActResNet18.SmallestImage);
        request ??= new NetworkRequest();
        NetworkArguments.ThrowIfNotBatch(nameof(PreActResNet18), request.Normalization);
        return new PreActResNet18(
            request.Channels ?? channels,
            request.Classes ?? classes,
            dropout: request.Dropout,
            width: request.Width * Width);
    }
}
