namespace Ensembles;

/// <summary>Writes a file whole or not at all: a kill or a full disk leaves the file that was there before.</summary>
public static class AtomicFile
{
    /// <summary>What a kill left is removed by a later write, when nobody can still be writing it.</summary>
    static readonly TimeSpan patience = TimeSpan.FromMinutes(10);

    const string Ending = ".tmp";

    /// <summary>
    /// Writes to a temporary file in the same folder, flushes it to the disk and renames it. The temporary file has a
    /// name of its own, so that several processes can write one file: the last one stays, whole. It is removed when
    /// writing fails.
    /// </summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes the content; what it throws is thrown on, and the file stays as it was.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void Write(string path, Action<Stream> write) =>
        Write(path, $"{path}.{Guid.NewGuid():N}{Ending}", write);

    /// <summary>Writes to the temporary file named.</summary>
    internal static void Write(string path, string temporary, Action<Stream> write)
    {
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (e is IOException or UnauthorizedAccessException)
                throw new IOException(
                    $"{path} could not be written: {e.Message.TrimEnd('.')}. "
                        + "Check that its folder exists, that it may be written to, and that the disk is not full.",
                    e);
            throw;
        }

        RemoveAbandoned(path);
    }

    static void RemoveAbandoned(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path) + ".");
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*" + Ending))
            {
                var own = Path.GetFileName(file);
                if (own.StartsWith(name, StringComparison.Ordinal)
                    && own.Length > name.Length + Ending.Length
                    && Guid.TryParseExact(own[name.Length..^Ending.Length], "N", out _)
                    && DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > patience)
                    TryDelete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file itself is written.
        }
    }

    static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The failure to write is what the caller needs to hear of.
        }
        catch (UnauthorizedAccessException)
        {
            // Likewise.
        }
    }
}
