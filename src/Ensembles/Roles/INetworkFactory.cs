namespace Ensembles;

/// <summary>Makes the untrained networks that defenses are built on, all of one architecture, so that members differ by defense alone.</summary>
public interface INetworkFactory
{
    /// <summary>Makes a freshly initialised network.</summary>
    /// <param name="dropout">Dropout probability in [0, 1) of the network's <c>nn.Dropout</c> modules; 0 for none.</param>
    FeatureNetwork Create(double dropout = 0);
}
