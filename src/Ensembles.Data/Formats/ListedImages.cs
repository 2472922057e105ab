namespace Ensembles.Data;

/// <summary>The images of class folders by name, none of them read.</summary>
sealed class ListedImages
{
    readonly FileTree tree;

    ListedImages(FileTree tree, string[] names, int[] labels, int classCount, int channels)
    {
        this.tree = tree;
        (Names, Labels, ClassCount, Channels) = (names, labels, classCount, channels);
    }

    /// <summary>The folder or archive.</summary>
    public string Path => tree.Path;

    /// <summary>Names of the files in the tree.</summary>
    public string[] Names { get; }

    public int[] Labels { get; }

    public int ClassCount { get; }

    public int Channels { get; }

    /// <summary>How a message names a file.</summary>
    public string FullName(int index) => tree.FullName(Names[index]);

    /// <summary>Height and width that all images have, given the first of them.</summary>
    public (int Height, int Width) SizeOf(byte[] first, ImageScaling? scaling) =>
        scaling is null ? ImageDecoder.SizeOf(first, FullName(0)) : (scaling.Height, scaling.Width);

    /// <summary>Writes the bytes of one image, channel by channel.</summary>
    public void Decode(
        int index, byte[] content, (int Height, int Width) size, ImageScaling? scaling, Span<byte> target) =>
        ImageDecoder.Decode(content, FullName(index), Channels, size, scaling, target);

    /// <summary>The images of a folder or an archive, one of each class in turn.</summary>
    /// <exception cref="DatasetException">There are none, or one is in a format that is not read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Channels other than 1 and 3.</exception>
    public static ListedImages Of(FileTree tree, Subset? subset, int channels, Limit? limit)
    {
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(
                nameof(channels), channels, "Images have 1 channel (grey) or 3 (colour).");

        var classes = ClassNames(tree, subset);
        var files = InTurn(new ClassFolders(tree, Prefix(subset)).Images());
        if (files.Count == 0)
            throw Empty(tree, subset);

        var numbers = classes.Index().ToDictionary(c => c.Item, c => c.Index);
        var labels = files.ConvertAll(file => numbers[file.Class]);
        var chosen = Limit.Choose(limit, labels);
        return new ListedImages(
            tree,
            Array.ConvertAll(chosen, i => files[i].Name),
            Array.ConvertAll(chosen, i => labels[i]),
            classes.Count,
            channels);
    }

    public static List<string> ClassNames(FileTree tree, Subset? subset)
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
