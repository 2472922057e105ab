using Ensembles.Training;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>A network behind a transform, and nothing else.</summary>
/// <param name="networks">Makes the network.</param>
/// <param name="transform">The transform.</param>
/// <param name="channels">Channels of what it gives.</param>
sealed class Transformed(INetworkFactory networks, InputTransform transform, int channels)
    : NetworkClassifier(networks, new NetworkRequest { Channels = channels })
{
    public override InputTransform Transform { get; } = transform;
}
