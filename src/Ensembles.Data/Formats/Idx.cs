using System.Buffers.Binary;

namespace Ensembles.Data;

/// <summary>
/// Images and labels in the IDX format of MNIST and its relatives (Fashion-MNIST, KMNIST, EMNIST), gzipped or not: a
/// big-endian magic number, the dimensions, then unsigned bytes.
/// </summary>
public static class Idx
{
    const int ImageMagic = 0x00000803, LabelMagic = 0x00000801;

    /// <summary>Loads a pair of files: grey images, float32 [N, 1, H, W] in [0, 1], in the files' order.</summary>
    /// <param name="imagesPath">A file of images, magic number 0x00000803.</param>
    /// <param name="labelsPath">The file of their labels, magic number 0x00000801.</param>
    /// <param name="classCount">K; labels lie in [0, K).</param>
    /// <param name="limit">How many images; null for all.</param>
    /// <exception cref="DatasetException">A file is missing or damaged, or the two do not match.</exception>
    public static LabeledImages Load(string imagesPath, string labelsPath, int classCount, Limit? limit = null)
    {
        var (labelDimensions, labelBytes) = Read(labelsPath, LabelMagic, 1, "labels");
        var (dimensions, pixels) = Read(imagesPath, ImageMagic, 3, "images");
        var (count, height, width) = (dimensions[0], dimensions[1], dimensions[2]);
        if (labelDimensions[0] != count)
            throw new DatasetException(
                labelsPath,
                $"It has {labelDimensions[0]} labels for the {count} images of {imagesPath}. "
                    + "Use two files that belong together.");
        if (count == 0 || height == 0 || width == 0)
            throw new DatasetException(
                imagesPath, $"It has no pixels: its size is {count} x {height} x {width}. Get the file again.");

        var labels = Array.ConvertAll(labelBytes.ToArray(), label => (int)label);
        var wrong = Array.FindIndex(labels, label => label >= classCount);
        if (wrong >= 0)
            throw new DatasetException(
                labelsPath,
                $"The label of image {wrong} is {labels[wrong]}, but labels lie in [0, {classCount}). "
                    + "Get the file again, or give the right number of classes.");

        var chosen = Limit.Choose(limit, labels);
        var size = height * width;
        return Pixels.ToImages([.. chosen.Select(i => labels[i])], classCount, 1, height, width,
            (i, target) => pixels.Span.Slice(chosen[i] * size, size).CopyTo(target));
    }

    static (int[] Dimensions, ReadOnlyMemory<byte> Content) Read(string path, int magic, int rank, string kind)
    {
        var bytes = DataFile.ReadAll(path);
        var header = 4 * (1 + rank);
        var found = bytes.Length < 4 ? magic : BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (found != magic)
            throw new DatasetException(
                path,
                $"It is no IDX file of {kind}: it starts with 0x{found:X8}, not with 0x{magic:X8}. {Advice(found)}");

        if (bytes.Length < header)
            throw new DatasetException(
                path,
                $"It is cut off: {bytes.Length} bytes cannot hold an IDX header of {header}. Get the file again.");

        var dimensions = new int[rank];
        var expected = 1m;
        for (var i = 0; i < rank; i++)
        {
            dimensions[i] = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + 4 * i));
            expected *= dimensions[i];
        }

        var content = bytes.Length - header;
        if (content != expected || dimensions.Any(d => d < 0))
            throw new DatasetException(
                path,
                $"Its header promises {string.Join(" x ", dimensions)} bytes of {kind}, but it has {content}. "
                    + $"It is {(content < expected ? "cut off" : "damaged")}: get the file again.");
        return (dimensions, bytes.AsMemory(header));
    }

    static string Advice(int found) => found switch
    {
        LabelMagic => "That is a file of labels: give the file of images here.",
        ImageMagic => "That is a file of images: give the file of labels here.",
        _ => "Get the file again, or give another.",
    };
}
