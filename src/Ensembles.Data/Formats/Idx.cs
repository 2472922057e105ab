namespace Ensembles.Data;

/// <summary>
/// Images and labels in the IDX format of MNIST and its relatives (Fashion-MNIST, KMNIST, EMNIST), gzipped or not: a
/// big-endian magic number, the dimensions, then unsigned bytes.
/// </summary>
public static class Idx
{
    /// <summary>Loads a pair of files: grey images, float32 [N, 1, H, W] in [0, 1], in the files' order.</summary>
    /// <param name="imagesPath">A file of images, magic number 0x00000803.</param>
    /// <param name="labelsPath">The file of their labels, magic number 0x00000801.</param>
    /// <param name="classCount">K; labels lie in [0, K).</param>
    /// <param name="limit">How many images; null for all.</param>
    /// <exception cref="DatasetException">A file is missing or damaged, or the two do not match.</exception>
    public static LabeledImages Load(string imagesPath, string labelsPath, int classCount, Limit? limit = null)
    {
        using var labelFile = new IdxFile(labelsPath, IdxFile.LabelMagic, 1, "labels");
        using var imageFile = new IdxFile(imagesPath, IdxFile.ImageMagic, 3, "images");
        var (count, height, width) = (imageFile.Dimensions[0], imageFile.Dimensions[1], imageFile.Dimensions[2]);
        if (labelFile.Dimensions[0] != count)
            throw new DatasetException(
                labelsPath,
                $"It has {labelFile.Dimensions[0]} labels for the {count} images of {imagesPath}. "
                    + "Use two files that belong together.");
        if (count == 0 || height == 0 || width == 0)
            throw new DatasetException(
                imagesPath, $"It has no pixels: its size is {count} x {height} x {width}. Get the file again.");

        var labels = labelFile.Content();
        var wrong = Array.FindIndex(labels, label => label >= classCount);
        if (wrong >= 0)
            throw new DatasetException(
                labelsPath,
                $"The label of image {wrong} is {labels[wrong]}, but labels lie in [0, {classCount}). "
                    + "Get the file again, or give the right number of classes.");

        var pixels = imageFile.Content();
        var chosen = Limit.Choose(limit, Array.ConvertAll(labels, label => (int)label));
        var size = height * width;
        return Pixels.ToImages(
            imagesPath, [.. chosen.Select(i => (int)labels[i])], classCount, 1, height, width,
            (i, target) => pixels.AsSpan(chosen[i] * size, size).CopyTo(target));
    }
}
