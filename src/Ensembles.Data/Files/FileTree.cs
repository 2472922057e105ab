using System.Formats.Tar;

namespace Ensembles.Data;

/// <summary>The names and contents of the files in a folder, or in a tar archive, gzipped or not.</summary>
abstract class FileTree(string path)
{
    /// <summary>The folder or archive.</summary>
    public string Path => path;

    /// <summary>Names of the files, relative, with '/', in ordinal order.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Contents of the files named, in the same order.</summary>
    public abstract IReadOnlyList<byte[]> Read(IReadOnlyList<string> names);

    /// <summary>How a message names one of the files.</summary>
    public string FullName(string name) => System.IO.Path.Combine(Path, name);

    public static FileTree Open(string path) =>
        Directory.Exists(path) ? new Folder(path)
        : File.Exists(path) ? new Archive(path)
        : throw new DatasetException(path, "There is no such folder or archive. Correct the path.");

    /// <summary>Files beginning with a dot are the file system's or the packer's own.</summary>
    static bool IsVisible(string name) => !name.Split('/').Any(part => part.StartsWith('.'));

    sealed class Folder(string path) : FileTree(path)
    {
        public override IReadOnlyList<string> Names { get; } =
        [
            .. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Select(file => System.IO.Path.GetRelativePath(path, file).Replace('\\', '/'))
                .Where(IsVisible)
                .Order(StringComparer.Ordinal),
        ];

        public override IReadOnlyList<byte[]> Read(IReadOnlyList<string> names) =>
            [.. names.Select(name => DataFile.ReadAll(FullName(name)))];
    }

    sealed class Archive : FileTree
    {
        public Archive(string path) : base(path)
        {
            ThrowIfCut();
            var names = DataFile.Read(Path, tar => Entries(tar).Select(NameOf).Where(IsVisible).ToHashSet());
            Names = [.. names.Order(StringComparer.Ordinal)];
        }

        public override IReadOnlyList<string> Names { get; }

        public override IReadOnlyList<byte[]> Read(IReadOnlyList<string> names)
        {
            var wanted = names.ToHashSet();
            var contents = new Dictionary<string, byte[]>();
            DataFile.Read(Path, tar =>
            {
                // A name may come twice: the later file replaces the earlier, as in unpacking.
                foreach (var entry in Entries(tar).Where(entry => wanted.Contains(NameOf(entry))))
                    contents[NameOf(entry)] = Content(entry);
                return contents;
            });
            return [.. names.Select(name => contents[name])];
        }

        static IEnumerable<TarEntry> Entries(Stream stream)
        {
            using var tar = new TarReader(stream, leaveOpen: true);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                    yield return entry;
            }
        }

        static string NameOf(TarEntry entry) =>
            entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;

        static byte[] Content(TarEntry entry)
        {
            if (entry.Length > Array.MaxLength)
                throw new InvalidDataException($"{entry.Name} would have {entry.Length} bytes.");
            var content = new byte[entry.Length];
            entry.DataStream?.ReadExactly(content);
            return content;
        }

        /// <summary>
        /// An archive is whole blocks of 512 bytes and ends in blocks of zeros. Neither the unpacker nor the reader
        /// minds when it ends early between two files.
        /// </summary>
        void ThrowIfCut()
        {
            var block = new byte[512];
            var read = DataFile.Read(Path, stream =>
            {
                int last, length = 0;
                while ((last = stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false)) == block.Length)
                    length = block.Length;
                return last > 0 ? 0 : length;
            });
            if (read == 0 || block.AsSpan().ContainsAnyExcept((byte)0))
                throw new DatasetException(Path, "It is no tar archive, or is cut off. Get the file again.");
        }
    }
}
