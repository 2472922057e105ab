using System.Buffers.Binary;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Fingerprints of images, the first 63 bits of the SHA-256 of each one's pixels. The smallest 4,096 are kept: all of
/// fewer images, and of more an even sample, which the same sample of other images is compared with.
/// </summary>
/// <param name="kept">Those that are kept.</param>
sealed class ImageFingerprints(IEnumerable<long> kept)
{
    /// <summary>The most fingerprints that are kept.</summary>
    public const int Capacity = 4096;

    readonly HashSet<long> kept = [.. kept];

    /// <summary>Those of images [N, C, H, W].</summary>
    public static ImageFingerprints Of(Tensor images) => new(Each(images).Distinct().Order().Take(Capacity));

    /// <summary>The fingerprint of each of images [N, C, H, W].</summary>
    public static IEnumerable<long> Each(Tensor images)
    {
        for (var i = 0; i < images.size(0); i++)
        {
            using var scope = NewDisposeScope();
            var hash = SHA256.HashData(images[i].detach().cpu().contiguous().bytes);
            yield return BinaryPrimitives.ReadInt64BigEndian(hash) & long.MaxValue;
        }
    }

    /// <summary>
    /// How many of images [N, C, H, W] are known, pixel for pixel, and among how many that is told: all, or the even
    /// sample that would be known.
    /// </summary>
    public (int Known, int Of) CountKnown(Tensor images)
    {
        var largest = kept.Count < Capacity ? long.MaxValue : kept.Max();
        var comparable = Each(images).Where(f => f <= largest).ToList();
        return (comparable.Count(kept.Contains), comparable.Count);
    }

    /// <summary>
    /// Whether two or more of images [N, C, H, W] are known, and more than one in a hundred of those of which it can be
    /// told; in words how many of how many.
    /// </summary>
    public bool AreAmong(Tensor images, out string words)
    {
        var (known, of) = CountKnown(images);
        words = $"{known} of {of}";
        return known > 1 && known > of / 100;
    }
}
