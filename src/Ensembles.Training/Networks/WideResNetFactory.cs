namespace Ensembles.Training;

/// <summary>Makes <see cref="WideResNet"/> networks of one depth and width for images of one shape.</summary>
/// <param name="channels">C, the channels of an image.</param>
/// <param name="imageSize">Height and width of an image, <see cref="WideResNet.SmallestImage"/> or more.</param>
/// <param name="classes">K, the number of classes.</param>
/// <param name="depth">d, 10, 16, 22, 28, 34 and so on.</param>
/// <param name="widenFactor">k, positive; a request's width multiplies it.</param>
public sealed class WideResNetFactory(
    int channels, int imageSize, int classes, int depth = 28, double widenFactor = 10) : INetworkFactory
{
    /// <inheritdoc/>
    /// <remarks>The weights are drawn from torch's global generator.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Images that are too small.</exception>
    /// <exception cref="ArgumentException">A request without batch normalisation.</exception>
    public FeatureNetwork Create(NetworkRequest? request = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, WideResNet.SmallestImage);
        request ??= new NetworkRequest();
        NetworkArguments.ThrowIfNotBatch(nameof(WideResNet), request.Normalization);
        return new WideResNet(
            request.Channels ?? channels,
            request.Classes ?? classes,
            depth,
            widenFactor * request.Width,
            request.Dropout);
    }
}
