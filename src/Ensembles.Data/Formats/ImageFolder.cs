namespace Ensembles.Data;

/// <summary>
/// Images in one folder a class, all of one size; on disk or inside a tar archive, gzipped or not. PNG, JPEG, WebP, BMP
/// and GIF are read, turned as their EXIF orientation says.
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
    /// <exception cref="DatasetException">
    /// Nothing is there, or a file is damaged, of another size, transparent, in a format that is not read, or more than
    /// 33,554,432 pixels large.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">Channels other than 1 and 3.</exception>
    public static LabeledImages Load(string path, Subset? subset = null, int channels = 3, Limit? limit = null) =>
        Load(FileTree.Open(path), subset, channels, limit);

    /// <summary>
    /// Names of the classes, by label: of those under <c>train</c> and <c>test</c> together unless
    /// <paramref name="subset"/> is null.
    /// </summary>
    /// <param name="path">A folder or archive as for <see cref="Load(string, Subset?, int, Limit?)"/>.</param>
    /// <param name="subset">Train or test where the classes lie under these; null where they do not.</param>
    /// <exception cref="DatasetException">Nothing is there, or the archive is damaged.</exception>
    public static IReadOnlyList<string> ClassNames(string path, Subset? subset = null) =>
        ClassNames(FileTree.Open(path), subset);

    internal static LabeledImages Load(FileTree tree, Subset? subset, int channels, Limit? limit)
    {
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(
                nameof(channels), channels, "Images have 1 channel (grey) or 3 (colour).");

        var classes = ClassNames(tree, subset);
        var files = InTurn(new ClassFolders(tree, Prefix(subset)).Images());
        if (files.Count == 0)
            throw Empty(tree, subset);

        var labels = files.ConvertAll(file => classes.IndexOf(file.Class));
        var chosen = Limit.Choose(limit, labels);
        var names = Array.ConvertAll(chosen, i => files[i].Name);
        var contents = tree.Read(names, ImageDecoder.LongestFile);
        var size = ImageDecoder.SizeOf(contents[0], tree.FullName(names[0]));
        return Pixels.ToImages(
            tree.Path, [.. chosen.Select(i => labels[i])], classes.Count, channels, size.Height, size.Width,
            (i, target) => ImageDecoder.Decode(contents[i], tree.FullName(names[i]), channels, size, target));
    }

    static List<string> ClassNames(FileTree tree, Subset? subset)
    {
        Subset?[] subsets = subset is null ? [null] : [.. Enum.GetValues<Subset>()];
        List<string> classes =
        [
            .. subsets
                .SelectMany(part => new ClassFolders(tree, Prefix(part)).Classes)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
        return classes.Count > 0 ? classes : throw Empty(tree, subset);
    }

    static string? Prefix(Subset? subset) => subset switch
    {
        null => null,
        Subset.Train => "train",
        _ => "test",
    };

    /// <summary>The first of each class, then the second of each, and so on.</summary>
    static List<(string Class, string Name)> InTurn(IEnumerable<(string Class, string Name)> files) =>
    [
        .. files
            .GroupBy(file => file.Class)
            .SelectMany(group => group.Select((file, turn) => (file, turn)))
            .OrderBy(entry => entry.turn)
            .ThenBy(entry => entry.file.Class, StringComparer.Ordinal)
            .Select(entry => entry.file),
    ];

    static DatasetException Empty(FileTree tree, Subset? subset)
    {
        var layout = subset is null ? "class/image.png" : $"{Prefix(subset)}/class/image.png";
        return new DatasetException(
            tree.Path, $"It has no images laid out as {layout}. Correct the path, or the layout.");
    }
}
