namespace Ensembles.Training;

/// <summary>
/// Makes the networks of another factory with weights from a file, so that a defense starts from these.
/// </summary>
/// <param name="networks">Makes the networks.</param>
/// <param name="path">A safetensors file.</param>
/// <param name="import">What may differ between the file and the network.</param>
public sealed class ImportedNetworkFactory(INetworkFactory networks, string path, WeightImport import) : INetworkFactory
{
    /// <summary>Told of each import, for example to print it.</summary>
    public Action<WeightImportReport>? Imported { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file does not fit the network, be it that the request asks for another one than it is of.
    /// </exception>
    public FeatureNetwork Create(NetworkRequest? request = null)
    {
        var network = networks.Create(request);
        try
        {
            var report = Checkpoint.Import(network, path, import);
            Imported?.Invoke(report);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
