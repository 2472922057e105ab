namespace Ensembles.Data;

/// <summary>The names and contents of the files in a folder, or in a tar archive, gzipped or not.</summary>
abstract class FileTree(string path)
{
    /// <summary>How deep the layouts that are read go, with room for folders around them.</summary>
    protected const int Deepest = 4;

    /// <summary>The folder or archive.</summary>
    public string Path => path;

    /// <summary>Names of the files, relative, with '/', in ordinal order.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Names of the folders, relative, with '/', whether anything is in them or not.</summary>
    public abstract IReadOnlyList<string> Folders { get; }

    /// <summary>Contents of the files named, in the same order; one longer than that is refused.</summary>
    public abstract IReadOnlyList<byte[]> Read(IReadOnlyList<string> names, int longest);

    /// <summary>How a message names one of the files.</summary>
    public string FullName(string name) => System.IO.Path.Combine(Path, name);

    public static FileTree Open(string path) =>
        Directory.Exists(path) ? new Folder(path)
        : File.Exists(path) ? new Archive(path)
        : throw new DatasetException(path, "There is no such folder or archive. Correct the path.");

    /// <summary>Files beginning with a dot are the file system's or the packer's own.</summary>
    protected static bool IsVisible(string name) => !name.Split('/').Any(part => part.StartsWith('.'));

    sealed class Folder : FileTree
    {
        public Folder(string path) : base(path)
        {
            // Links are followed, so that folders may be circles.
            var everywhere = new EnumerationOptions
            {
                RecurseSubdirectories = true,
                MaxRecursionDepth = Deepest,
                AttributesToSkip = FileAttributes.None,
                IgnoreInaccessible = false,
            };
            Names = Relative(() => Directory.EnumerateFiles(path, "*", everywhere));
            Folders = Relative(() => Directory.EnumerateDirectories(path, "*", everywhere));
        }

        public override IReadOnlyList<string> Names { get; }

        public override IReadOnlyList<string> Folders { get; }

        public override IReadOnlyList<byte[]> Read(IReadOnlyList<string> names, int longest) =>
            [.. names.Select(name => DataFile.ReadAll(FullName(name), longest))];

        List<string> Relative(Func<IEnumerable<string>> entries)
        {
            try
            {
                return
                [
                    .. entries()
                        .Select(entry => System.IO.Path.GetRelativePath(Path, entry).Replace('\\', '/'))
                        .Where(IsVisible)
                        .Order(StringComparer.Ordinal),
                ];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DatasetException(Path, $"It cannot be listed: {e.Message} Check its permissions.", e);
            }
        }
    }
}
