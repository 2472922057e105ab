namespace Ensembles;

/// <summary>Writes a file whole or not at all: a kill or a full disk leaves the file that was there before.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes to a temporary file in the same folder, flushes it to the disk and renames it. The temporary file is
    /// removed when writing fails; one left by a kill is overwritten by the next write.
    /// </summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes the content; what it throws is thrown on, and the file stays as it was.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = path + ".tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
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
