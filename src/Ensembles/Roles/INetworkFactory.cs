namespace Ensembles;

/// <summary>
/// Makes the untrained networks that defenses are built on, all of one architecture, so that members differ by defense
/// alone.
/// </summary>
public interface INetworkFactory
{
    /// <summary>Makes a freshly initialised network.</summary>
    /// <param name="request">What differs from the factory's own network; null for nothing.</param>
    FeatureNetwork Create(NetworkRequest? request = null);
}

/// <summary>What a defense asks of its network.</summary>
public sealed record NetworkRequest
{
    /// <summary>
    /// C, the channels of what the network sees, which a transform may change; null for those of the images.
    /// </summary>
    public int? Channels { get; init; }

    /// <summary>
    /// K, the number of classes, for example with one more for what is rejected; null for those of the images.
    /// </summary>
    public int? Classes { get; init; }

    /// <summary>The factor by which every layer is wider than the factory's own, positive.</summary>
    public double Width { get; init; } = 1;

    /// <summary>Dropout probability in [0, 1) of the network's <c>nn.Dropout</c> modules; 0 for none.</summary>
    public double Dropout { get; init; }

    /// <summary>What keeps activations in range; null for the factory's own.</summary>
    public Normalization? Normalization { get; init; }
}
