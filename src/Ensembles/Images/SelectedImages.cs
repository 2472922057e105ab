using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Some of other images, in an order of their own: nothing is read before it is asked for, so that images that do not
/// fit into memory can be shuffled and divided.
/// </summary>
public sealed class SelectedImages : ILabeledImages
{
    readonly long[] places;

    /// <summary>Selects images.</summary>
    /// <param name="whole">The images, which have to outlive their selection.</param>
    /// <param name="places">Which of them, in order; a place may repeat.</param>
    /// <exception cref="ArgumentOutOfRangeException">A place outside [0, N).</exception>
    public SelectedImages(ILabeledImages whole, ReadOnlySpan<long> places)
    {
        foreach (var place in places)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(place, nameof(places));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, whole.Count, nameof(places));
        }

        (Whole, this.places) = (whole, places.ToArray());
        using var rows = tensor(this.places, device: whole.Labels.device);
        Labels = whole.Labels.index_select(0, rows).DetachFromDisposeScope();
        Fingerprint = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(places)))[..16];
    }

    /// <summary>What they are selected from.</summary>
    public ILabeledImages Whole { get; }

    /// <summary>A hash of the places. A checkpoint of a training on them holds it.</summary>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public int Count => places.Length;

    /// <inheritdoc/>
    public int ClassCount => Whole.ClassCount;

    /// <inheritdoc/>
    public Tensor Labels { get; }

    /// <inheritdoc/>
    public LabeledImages Select(ReadOnlySpan<long> indices)
    {
        var asked = new long[indices.Length];
        for (var i = 0; i < asked.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(indices[i], nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(indices[i], Count, nameof(indices));
            asked[i] = places[indices[i]];
        }

        return Whole.Select(asked);
    }

    /// <summary>Disposes of the labels. The images they were selected from stay as they are.</summary>
    public void Dispose() => Labels.Dispose();
}
