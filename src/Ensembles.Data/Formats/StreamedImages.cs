using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Ensembles.Data;

/// <summary>
/// Images in one folder a class that are read from disk when they are asked for; see <see cref="ImageFolder.Stream"/>.
/// Training on them ends with the same bits as on the same images in memory.
/// </summary>
/// <remarks>
/// Nothing is kept: an image is decoded anew each time. A file that was changed, damaged or removed since stops what
/// asked for it with a <see cref="DatasetException"/> that names the file.
/// </remarks>
public sealed class StreamedImages : ILabeledImages
{
    readonly ListedImages images;
    readonly ImageScaling? scaling;
    readonly (int Height, int Width) size;

    internal StreamedImages(ListedImages images, ImageScaling? scaling)
    {
        (this.images, this.scaling) = (images, scaling);
        size = images.SizeOf(scaling is null ? Content(0) : [], scaling);
        using var scope = NewDisposeScope();
        Labels = tensor(Array.ConvertAll(images.Labels, label => (long)label)).DetachFromDisposeScope();
        Fingerprint = Hash();
    }

    /// <inheritdoc/>
    public int Count => images.Names.Length;

    /// <inheritdoc/>
    public int ClassCount => images.ClassCount;

    /// <inheritdoc/>
    public Tensor Labels { get; }

    /// <summary>C, H and W of the images.</summary>
    public IReadOnlyList<long> ImageShape => [images.Channels, size.Height, size.Width];

    /// <summary>
    /// A hash of what is read: names, lengths of the files, labels, and how the images are scaled. A checkpoint of a
    /// training on them holds it.
    /// </summary>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    /// <exception cref="DatasetException">
    /// A file is not there, damaged, of another size or transparent; the message names it.
    /// </exception>
    public LabeledImages Select(ReadOnlySpan<long> indices)
    {
        var places = new int[indices.Length];
        for (var i = 0; i < places.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(indices[i], nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(indices[i], Count, nameof(indices));
            places[i] = (int)indices[i];
        }

        return Pixels.ToImages(
            images.Path, Array.ConvertAll(places, i => images.Labels[i]), ClassCount, images.Channels, size.Height,
            size.Width,
            (i, target) => images.Decode(places[i], Content(places[i]), size, scaling, target));
    }

    /// <summary>
    /// All images in order, in parts that memory holds, each disposed when the next one is asked for: for an evaluation
    /// of more images than memory holds.
    /// </summary>
    /// <param name="count">Images in a part, 1 or more; the last one may be smaller.</param>
    public IEnumerable<LabeledImages> Parts(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return EachPart(count);
    }

    /// <inheritdoc/>
    public void Dispose() => Labels.Dispose();

    IEnumerable<LabeledImages> EachPart(int count)
    {
        for (var start = 0; start < Count; start += count)
        {
            using var part = Select(
                [.. Enumerable.Range(start, Math.Min(count, Count - start)).Select(i => (long)i)]);
            yield return part;
        }
    }

    byte[] Content(int index) => DataFile.ReadAll(images.FullName(index), ImageDecoder.LongestFile);

    string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append($"{string.Join("x", ImageShape)} {scaling};{ClassCount} classes;");
        for (var i = 0; i < Count; i++)
        {
            var file = new FileInfo(images.FullName(i));
            Append($"{images.Names[i]}:{(file.Exists ? file.Length : 0)}:{images.Labels[i]};");
        }

        return Convert.ToHexString(hash.GetHashAndReset())[..16];

        void Append(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
