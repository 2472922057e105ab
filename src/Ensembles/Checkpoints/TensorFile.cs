using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What a safetensors file holds.</summary>
/// <param name="Path">Where it was read from.</param>
/// <param name="Tensors">The tensors by name, on the CPU.</param>
/// <param name="Metadata">Free text by name.</param>
public sealed record TensorFile(
    string Path,
    IReadOnlyDictionary<string, Tensor> Tensors,
    IReadOnlyDictionary<string, string> Metadata) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Tensors.Values)
            tensor.Dispose();
    }
}
