using System.Formats.Tar;

namespace Ensembles.Data;

/// <summary>A tar archive, gzipped or not.</summary>
sealed class Archive : FileTree
{
    readonly Dictionary<string, TarEntryType> types = [];

    public Archive(string path) : base(path)
    {
        DataFile.Read(path, stream =>
        {
            // To the end: only there does the unpacker compare its checksum.
            foreach (var entry in Entries(stream))
                types[NameOf(entry)] = entry.EntryType;
            return types.Count;
        });
        Names = Visible(type => type is not TarEntryType.Directory);
        Folders = Visible(type => type is TarEntryType.Directory);
    }

    /// <summary>Names of the files, of the links and of whatever else has a name here.</summary>
    public override IReadOnlyList<string> Names { get; }

    public override IReadOnlyList<string> Folders { get; }

    public override IReadOnlyList<byte[]> Read(IReadOnlyList<string> names, int longest)
    {
        foreach (var name in names)
        {
            if (!IsFile(types[name]))
                throw new DatasetException(
                    FullName(name),
                    $"It is no file of the archive's own but a {types[name]}. Pack the files that links lead to, with "
                        + "tar --dereference --hard-dereference.");
        }

        var wanted = names.ToHashSet();
        var contents = new Dictionary<string, byte[]>();
        DataFile.Read(Path, stream =>
        {
            // A name may come twice: the later file replaces the earlier, as in unpacking.
            foreach (var entry in Entries(stream).Where(entry => wanted.Contains(NameOf(entry))))
                contents[NameOf(entry)] = Content(entry, longest);
            return contents.Count;
        });
        return [.. names.Select(name => contents[name])];
    }

    List<string> Visible(Func<TarEntryType, bool> isWanted) =>
    [
        .. types
            .Where(entry => isWanted(entry.Value) && IsVisible(entry.Key))
            .Select(entry => entry.Key)
            .Order(StringComparer.Ordinal),
    ];

    static bool IsFile(TarEntryType type) =>
        type is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;

    /// <summary>
    /// Everything with a name, to the archive's end, which is there: the reader does not mind when an archive ends
    /// between two files.
    /// </summary>
    IEnumerable<TarEntry> Entries(Stream stream)
    {
        using var blocks = new TarBlocks(stream);
        using var tar = new TarReader(blocks, leaveOpen: true);
        var isFirst = true;
        while (Next(tar, isFirst) is { } entry)
        {
            isFirst = false;
            if (entry.EntryType is not TarEntryType.GlobalExtendedAttributes)
                yield return entry;
        }

        if (!blocks.EndInZeros())
            throw NoArchive();
    }

    TarEntry? Next(TarReader tar, bool isFirst)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception e) when (isFirst && e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw NoArchive(e);
        }
    }

    DatasetException NoArchive(Exception? inner = null) =>
        new(
            Path,
            "It is no tar archive, or is cut off. Get the file again, or unpack it and give the folder.",
            inner);

    static string NameOf(TarEntry entry) =>
        (entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name).TrimEnd('/');

    byte[] Content(TarEntry entry, int longest)
    {
        if (entry.Length > longest)
            throw new DatasetException(FullName(NameOf(entry)), DataFile.TooLong(entry.Length, longest));
        var content = entry.DataStream is { } data ? DataFile.ReadUpTo(data, entry.Length) : [];
        return content.Length == entry.Length ? content : throw new EndOfStreamException($"{entry.Name} ends early.");
    }
}
