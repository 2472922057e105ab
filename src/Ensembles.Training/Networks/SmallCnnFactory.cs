namespace Ensembles.Training;

/// <summary>Makes <see cref="SmallCnn"/> networks for images of one shape.</summary>
/// <param name="channels">C, the channels of an image.</param>
/// <param name="imageSize">Height and width of an image, 10 or more.</param>
/// <param name="classes">K, the number of classes.</param>
public sealed class SmallCnnFactory(int channels, int imageSize, int classes) : INetworkFactory
{
    /// <inheritdoc/>
    /// <remarks>The weights are drawn from torch's global generator: <c>torch.random.manual_seed</c> before makes them reproducible.</remarks>
    public FeatureNetwork Create(double dropout = 0) => new SmallCnn(channels, imageSize, classes, dropout);
}
