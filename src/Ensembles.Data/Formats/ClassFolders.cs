namespace Ensembles.Data;

/// <summary>The folders of classes under <c>train</c>, under <c>test</c>, or in a tree itself.</summary>
/// <param name="tree">A folder or an archive.</param>
/// <param name="prefix">The folder that the classes are in; null for the tree itself.</param>
sealed class ClassFolders(FileTree tree, string? prefix)
{
    /// <summary>Names of the folders; one that holds nothing counts like any other.</summary>
    public IEnumerable<string> Classes =>
        tree.Folders
            .Select(Below)
            .OfType<string>()
            .Concat(Files.Select(file => file.Class))
            .Select(path => path.Split('/')[0])
            .Distinct();

    /// <summary>The images, by name.</summary>
    /// <exception cref="DatasetException">
    /// An image cannot be read or lies too deep, or a class has files but no images.
    /// </exception>
    public IReadOnlyList<(string Class, string Name)> Images()
    {
        var files = Files.ToList();
        List<(string Class, string Name)> images =
        [
            .. files
                .Where(file => !file.IsDeeper && Has(ImageDecoder.Extensions, file.Name))
                .Select(file => (file.Class, file.Name)),
        ];
        var other = files.FirstOrDefault(file => !file.IsDeeper && Has(ImageDecoder.OtherExtensions, file.Name)).Name;
        if (other is not null)
            throw new DatasetException(
                tree.FullName(other),
                $"{Path.GetExtension(other)[1..].ToUpperInvariant()} images are not read here. Save it as PNG, and "
                    + "the others like it.");

        // Where there are no images at all, the layout is another, and the caller says so.
        if (images.Count > 0)
        {
            ThrowIfHidden(files);
            var full = images.Select(image => image.Class).ToHashSet();
            var empty = files.FirstOrDefault(file => !full.Contains(file.Class));
            if (empty.Name is not null)
                throw new DatasetException(
                    tree.FullName(empty.Name),
                    $"The class {empty.Class} has no image beside it: none of its files ends in "
                        + $"{string.Join(", ", ImageDecoder.Extensions)}. Name or save its images so, or remove the "
                        + "folder.");
        }

        return images;
    }

    IEnumerable<(string Class, string Name, bool IsDeeper)> Files =>
        from name in tree.Names
        let below = Below(name)
        where below is not null && below.Contains('/')
        let parts = below.Split('/')
        select (parts[0], name, parts.Length > 2);

    /// <summary>Images in folders below a class, and folders that are called like images.</summary>
    void ThrowIfHidden(IEnumerable<(string Class, string Name, bool IsDeeper)> files)
    {
        string[] extensions = [.. ImageDecoder.Extensions, .. ImageDecoder.OtherExtensions];
        var hidden = files
            .Where(file => file.IsDeeper && Has(extensions, file.Name))
            .Select(file => file.Name)
            .Concat(tree.Folders.Where(
                folder => Below(folder) is { } below && below.Contains('/') && Has(ImageDecoder.Extensions, folder)))
            .FirstOrDefault();
        if (hidden is not null)
            throw new DatasetException(
                tree.FullName(hidden),
                $"It is not read: images are files laid out as {(prefix is null ? "" : prefix + "/")}class/image.png. "
                    + "Move what is in deeper folders up, or away.");
    }

    /// <summary>The path below the prefix; null for what is elsewhere.</summary>
    string? Below(string name) =>
        prefix is null ? name
        : name.StartsWith(prefix + "/", StringComparison.Ordinal) ? name[(prefix.Length + 1)..]
        : null;

    static bool Has(string[] extensions, string name) =>
        extensions.Contains(Path.GetExtension(name).ToLowerInvariant());
}
