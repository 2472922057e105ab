using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Fingerprints of the images that a module was trained on or fitted to, so that it is never calibrated or judged on
/// the same. They are a buffer, so a checkpoint carries them.
/// </summary>
/// <remarks>They are <see cref="ImageFingerprints"/>.</remarks>
public sealed class FittedImages : Module
{
    const int ReadAtOnce = 64;

    readonly Tensor fingerprints;

    /// <summary>Knows no images.</summary>
    public FittedImages() : base(nameof(FittedImages))
    {
        fingerprints =
            full(ImageFingerprints.Capacity, long.MaxValue, dtype: ScalarType.Int64).DetachFromDisposeScope();
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
            all.UnionWith(ImageFingerprints.Each(some.Images));
            while (all.Count > ImageFingerprints.Capacity)
                all.Remove(all.Max);
        }

        var kept = new long[ImageFingerprints.Capacity];
        Array.Fill(kept, long.MaxValue);
        all.CopyTo(kept);
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
    public (int Known, int Of) CountKnown(Tensor images) => Known.CountKnown(images);

    ImageFingerprints Known => new(HostMemory.ReadLongs(fingerprints).Where(f => f != long.MaxValue));

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
                && fitted.Known.AreAmong(images, out var words))
                throw new ArgumentException(
                    $"{module.GetName()} was fitted to {words} {what} that were looked at. {rule}", nameof(images));
        }
    }
}

/// <summary>A module that knows which images it was trained on or fitted to.</summary>
public interface IFittedToImages
{
    /// <summary>Their fingerprints; empty until it is trained.</summary>
    FittedImages FittedTo { get; }
}
