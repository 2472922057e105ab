using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// What an attack remembers of each image on the host: a value for each image of an active set. Those of images that
/// leave the set leave it too.
/// </summary>
/// <remarks><see cref="ActiveSet.Remember{T}(IEnumerable{T})"/> makes one.</remarks>
public sealed class RememberedValues<T>
{
    internal RememberedValues(IEnumerable<T> start) => Values = [.. start];

    /// <summary>The values now, [A].</summary>
    public T[] Values { get; set; }

    internal void Select(Tensor left) => Values = HostMemory.Some(Values, left);
}
