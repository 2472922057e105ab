using System.Buffers.Binary;
using System.Security.Cryptography;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Fingerprints of the images that a module was trained on or fitted to, so that it is never calibrated or judged on
/// the same. They are a buffer, so a checkpoint carries them.
/// </summary>
/// <remarks>
/// A fingerprint is the first 63 bits of the SHA-256 of an image's pixels. The smallest 4,096 are kept: all of fewer
/// images, and of more an even sample, which the same sample of other images is compared with.
/// </remarks>
public sealed class FittedImages : Module
{
    /// <summary>The most fingerprints that are kept.</summary>
    const int Capacity = 4096;

    const int ReadAtOnce = 64;

    readonly Tensor fingerprints;

    /// <summary>Knows no images.</summary>
    public FittedImages() : base(nameof(FittedImages))
    {
        fingerprints = full(Capacity, long.MaxValue, dtype: ScalarType.Int64).DetachFromDisposeScope();
        register_buffer(nameof(fingerprints), fingerprints);
        RegisterComponents();
    }

    /// <summary>Whether no images are known.</summary>
    public bool IsEmpty
    {
        get
        {
            using var smallest = fingerprints[0];
            return smallest.item<long>() == long.MaxValue;
        }
    }

    /// <summary>Keeps the fingerprints of images in the place of those it has.</summary>
    /// <param name="images">The images, read a few at a time.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    public void Remember(ILabeledImages images, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var all = new SortedSet<long>();
        foreach (var places in Enumerable.Range(0, images.Count).Select(i => (long)i).Chunk(ReadAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            using var some = images.Select(places);
            all.UnionWith(Each(some.Images));
            while (all.Count > Capacity)
                all.Remove(all.Max);
        }

        Keep(all);
    }

    /// <summary>The same of images [N, C, H, W].</summary>
    /// <param name="images">The images.</param>
    public void Remember(Tensor images)
    {
        using var scope = NewDisposeScope();
        Keep(Each(images).Distinct().Order().Take(Capacity).ToArray());
    }

    void Keep(ICollection<long> smallest)
    {
        var kept = new long[Capacity];
        Array.Fill(kept, long.MaxValue);
        smallest.CopyTo(kept, 0);
        fingerprints.copy_(tensor(kept));
    }

    /// <summary>Forgets them all, since the module begins to learn anew.</summary>
    public void Forget()
    {
        using var scope = NewDisposeScope();
        fingerprints.fill_(long.MaxValue);
    }

    /// <summary>
    /// How many of images [N, C, H, W] are known, pixel for pixel, and among how many that is told: all, or the even
    /// sample that would be known.
    /// </summary>
    public (int Known, int Of) CountKnown(Tensor images)
    {
        using var scope = NewDisposeScope();
        var kept = HostMemory.ReadLongs(fingerprints).Where(f => f != long.MaxValue).ToHashSet();
        var largest = kept.Count < Capacity ? long.MaxValue : kept.Max();
        var comparable = Each(images).Where(f => f <= largest).ToList();
        return (comparable.Count(kept.Contains), comparable.Count);
    }

    /// <summary>
    /// Throws where one of the modules was fitted to images: two or more of them, and more than one in a hundred of
    /// those of which it can be told.
    /// </summary>
    /// <param name="modules">The modules of a defense.</param>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="what">What the images are, such as "validation images".</param>
    /// <param name="rule">What they have to be in place of that, as a sentence.</param>
    /// <exception cref="ArgumentException">Images that a module was fitted to; the message names it.</exception>
    public static void ThrowIfAmong(IEnumerable<Module> modules, Tensor images, string what, string rule)
    {
        foreach (var module in modules.Distinct())
        {
            if (module is IFittedToImages { FittedTo: { IsEmpty: false } fitted }
                && fitted.IsAmong(images, out var words))
                throw new ArgumentException(
                    $"{module.GetName()} was fitted to {words} {what} that were looked at. {rule}", nameof(images));
        }
    }

    /// <summary>
    /// Whether two or more of images [N, C, H, W] are known, and more than one in a hundred of those of which it can be
    /// told; in words how many of how many.
    /// </summary>
    internal bool IsAmong(Tensor images, out string words)
    {
        var (known, of) = CountKnown(images);
        words = $"{known} of {of}";
        return known > 1 && known > of / 100;
    }

    static IEnumerable<long> Each(Tensor images)
    {
        for (var i = 0; i < images.size(0); i++)
        {
            using var scope = NewDisposeScope();
            var hash = SHA256.HashData(images[i].detach().cpu().contiguous().bytes);
            yield return BinaryPrimitives.ReadInt64BigEndian(hash) & long.MaxValue;
        }
    }
}

/// <summary>A module that knows which images it was trained on or fitted to.</summary>
public interface IFittedToImages
{
    /// <summary>Their fingerprints; empty until it is trained.</summary>
    FittedImages FittedTo { get; }
}
