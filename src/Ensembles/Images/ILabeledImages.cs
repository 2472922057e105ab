using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Images with their labels, held in memory as <see cref="LabeledImages"/> or read from elsewhere when they are asked
/// for. There may then be more of them than memory holds.
/// </summary>
public interface ILabeledImages : IDisposable
{
    /// <summary>N, the number of images.</summary>
    int Count { get; }

    /// <summary>K, the number of classes.</summary>
    int ClassCount { get; }

    /// <summary>Int64 [N], in memory.</summary>
    Tensor Labels { get; }

    /// <summary>
    /// The images at <paramref name="indices"/> in memory, in that order; an index may repeat. The caller disposes
    /// them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An index outside [0, N).</exception>
    /// <exception cref="IOException">An image cannot be read; the message names it.</exception>
    LabeledImages Select(ReadOnlySpan<long> indices);
}
