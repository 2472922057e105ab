namespace Ensembles.Data;

/// <summary>What has arrived of a download. A failure to write it is no mirror's fault, and removes it.</summary>
sealed class PartialFile(string path)
{
    public string Path => path;

    public long Length => File.Exists(path) ? new FileInfo(path).Length : 0;

    public void CreateFolder() => Guarded(() => Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!));

    /// <summary>
    /// Opens the file to be continued at a position; what lies behind it is dropped. No other process can write to it.
    /// </summary>
    public FileStream OpenAt(long start)
    {
        FileStream? file = null;
        Guarded(() =>
        {
            // Without a buffer, so that a full disk shows where it is written and not where it is closed.
            file = new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            if (file.Length != start)
                file.SetLength(start);
            file.Position = start;
        });
        return file!;
    }

    public async Task WriteAsync(Stream file, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await file.WriteAsync(bytes).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            Delete();
            throw Unwritable(e);
        }
    }

    /// <summary>Gives the finished file its name, in one step.</summary>
    public void MoveTo(string final) => Guarded(() => File.Move(path, final, overwrite: true));

    public void Delete() => Guarded(() => File.Delete(path));

    void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(e);
        }
    }

    DatasetException Unwritable(Exception e) =>
        new(
            path,
            $"It cannot be written: {e.Message} Make room on the disk or give another folder, and see that no other "
                + "process downloads the same file.",
            e);
}
