namespace Ensembles.Training;

/// <summary>Makes <see cref="SmallCnn"/> networks for images of one shape.</summary>
/// <param name="channels">C, the channels of an image.</param>
/// <param name="imageSize">Height and width of an image, <see cref="SmallCnn.SmallestImage"/> or more.</param>
/// <param name="classes">K, the number of classes.</param>
public sealed class SmallCnnFactory(int channels, int imageSize, int classes) : INetworkFactory
{
    /// <summary>Batch normalisation, or none, where no request says otherwise.</summary>
    /// <remarks>The network has no residual branches: Fixup has nothing to do, and is none.</remarks>
    public Normalization Normalization { get; init; } = Normalization.None;

    /// <inheritdoc/>
    /// <remarks>
    /// The weights are drawn from torch's global generator: <c>torch.random.manual_seed</c> before makes them
    /// reproducible.
    /// </remarks>
    public FeatureNetwork Create(NetworkRequest? request = null)
    {
        request ??= new NetworkRequest();
        return new SmallCnn(
            request.Channels ?? channels,
            imageSize,
            request.Classes ?? classes,
            request.Dropout,
            request.Width,
            batchNorm: (request.Normalization ?? Normalization) == Normalization.Batch);
    }
}
