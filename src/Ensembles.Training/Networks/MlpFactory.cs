namespace Ensembles.Training;

/// <summary>Makes <see cref="Mlp"/> networks for images of one shape.</summary>
/// <param name="channels">C, the channels of an image.</param>
/// <param name="imageSize">Height and width of an image, 1 or more.</param>
/// <param name="classes">K, the number of classes.</param>
/// <param name="hiddenUnits">Units of each hidden layer; a request's width multiplies them.</param>
public sealed class MlpFactory(int channels, int imageSize, int classes, params IReadOnlyList<int> hiddenUnits)
    : INetworkFactory
{
    /// <inheritdoc/>
    /// <remarks>The weights are drawn from torch's global generator.</remarks>
    /// <exception cref="ArgumentException">A request for batch normalisation.</exception>
    public FeatureNetwork Create(NetworkRequest? request = null)
    {
        request ??= new NetworkRequest();
        if (request.Normalization == Normalization.Batch)
            throw new ArgumentException($"{nameof(Mlp)} has no batch normalisation.", nameof(request));
        NetworkArguments.ThrowIfNoWidth(request.Width);
        return new Mlp(
            request.Channels ?? channels,
            imageSize,
            request.Classes ?? classes,
            [.. hiddenUnits.Select(units => request.Width.Times(units))],
            request.Dropout);
    }
}
