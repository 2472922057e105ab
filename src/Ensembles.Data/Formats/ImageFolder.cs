namespace Ensembles.Data;

/// <summary>
/// Images in one folder a class, all of one size or scaled to one; on disk or inside a tar archive, gzipped or not.
/// PNG, JPEG, WebP, BMP and GIF are read, turned as their EXIF orientation says.
/// </summary>
/// <remarks>
/// Every folder is a class and has a label, whatever is in it. What would be left out without a word stops the loading:
/// an image in another format, one with transparent pixels, one in a folder of its own below a class.
/// </remarks>
public static class ImageFolder
{
    /// <summary>
    /// Loads images, float32 [N, C, H, W] in [0, 1]. Classes are numbered by name in ordinal order. Images follow by
    /// name, one of each class in turn, so that the first N are balanced.
    /// </summary>
    /// <param name="path">
    /// A folder or archive with <c>class/image.png</c>, or with <c>train/class/image.png</c> and
    /// <c>test/class/image.png</c>.
    /// </param>
    /// <param name="subset">
    /// The images under <c>train</c> or under <c>test</c>; null when the classes lie in <paramref name="path"/> itself.
    /// </param>
    /// <param name="channels">C: 3 for red, green and blue, 1 for grey.</param>
    /// <param name="limit">How many images; null for all.</param>
    /// <param name="scaling">How they come to have one size; null where they have it.</param>
    /// <exception cref="DatasetException">
    /// Nothing is there, or a file is damaged, of another size, transparent, in a format that is not read, or more than
    /// 33,554,432 pixels large.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">Channels other than 1 and 3.</exception>
    public static LabeledImages Load(
        string path, Subset? subset = null, int channels = 3, Limit? limit = null, ImageScaling? scaling = null) =>
        Load(FileTree.Open(path), subset, channels, limit, scaling);

    /// <summary>
    /// The same images, read from disk when they are asked for: memory holds their names, labels and one batch, however
    /// many there are.
    /// </summary>
    /// <param name="path">A folder as for <see cref="Load(string, Subset?, int, Limit?, ImageScaling?)"/>.</param>
    /// <param name="subset">The images under <c>train</c> or under <c>test</c>; null where there are no such.</param>
    /// <param name="channels">C: 3 for red, green and blue, 1 for grey.</param>
    /// <param name="limit">How many images; null for all.</param>
    /// <param name="scaling">How they come to have one size; null where they have it.</param>
    /// <exception cref="DatasetException">
    /// Nothing is there, or it is an archive, or a file is in a format that is not read. A file that is damaged shows
    /// when it is read.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">Channels other than 1 and 3.</exception>
    public static StreamedImages Stream(
        string path, Subset? subset = null, int channels = 3, Limit? limit = null, ImageScaling? scaling = null)
    {
        if (File.Exists(path))
            throw new DatasetException(path, "Images are streamed from a folder. Unpack the archive, or load it.");
        return new StreamedImages(ListedImages.Of(FileTree.Open(path), subset, channels, limit), scaling);
    }

    /// <summary>
    /// Names of the classes, by label: of those under <c>train</c> and <c>test</c> together unless
    /// <paramref name="subset"/> is null.
    /// </summary>
    /// <param name="path">
    /// A folder or archive as for <see cref="Load(string, Subset?, int, Limit?, ImageScaling?)"/>.
    /// </param>
    /// <param name="subset">Train or test where the classes lie under these; null where they do not.</param>
    /// <exception cref="DatasetException">Nothing is there, or the archive is damaged.</exception>
    public static IReadOnlyList<string> ClassNames(string path, Subset? subset = null) =>
        ListedImages.ClassNames(FileTree.Open(path), subset);

    internal static LabeledImages Load(
        FileTree tree, Subset? subset, int channels, Limit? limit, ImageScaling? scaling = null)
    {
        var images = ListedImages.Of(tree, subset, channels, limit);
        var contents = tree.Read(images.Names, ImageDecoder.LongestFile);
        var size = images.SizeOf(contents[0], scaling);
        return Pixels.ToImages(
            tree.Path, images.Labels, images.ClassCount, channels, size.Height, size.Width,
            (i, target) => images.Decode(i, contents[i], size, scaling, target));
    }
}
