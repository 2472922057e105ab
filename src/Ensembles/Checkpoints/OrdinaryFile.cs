namespace Ensembles;

/// <summary>
/// Opens files that a user names. Whoever opens a named pipe waits for its writer, without an end where there is none,
/// and a device may never end: only files with something in them are opened.
/// </summary>
static class OrdinaryFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, a named pipe, a device, or empty.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path)
    {
        if (Directory.Exists(path))
            throw new InvalidDataException("It is a folder, not a file.");
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException($"There is no file {path}.", path);
        // The length of a link is that of its own text.
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            file = target;
        if (!file.Exists)
            throw new FileNotFoundException($"{path} is a link to {file.FullName}, which is not there.", path);
        if (file.Length == 0)
            throw new InvalidDataException(
                "It is empty: cut off before its first byte, or no ordinary file but a named pipe or a device.");
        return File.OpenRead(path);
    }
}
