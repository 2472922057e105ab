namespace Ensembles;

/// <summary>
/// A piece of work that several processes share by a folder: who has its claim does it, and the others do something
/// else or wait. The claim ends when it is disposed, and with the process, however that ends.
/// </summary>
/// <remarks>
/// A lock of the operating system on a file. Where a network's file system keeps no locks everybody has every claim,
/// and work is done twice: to the same end, since it is stored whole.
/// </remarks>
public sealed class FileClaim : IDisposable
{
    // Errors of a file that somebody else has open: EAGAIN on Linux and macOS, and two of Windows.
    static readonly int[] held = [11, 35, 32, 33];

    readonly FileStream file;

    FileClaim(FileStream file) => this.file = file;

    /// <summary>Claims the work; null where another process has it.</summary>
    /// <param name="path">The file that stands for it. It is created, and removed when the claim ends.</param>
    /// <exception cref="IOException">The folder is missing or full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static FileClaim? TryTake(string path)
    {
        try
        {
            return new FileClaim(new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1,
                FileOptions.DeleteOnClose));
        }
        catch (IOException e) when (held.Contains(e.HResult & 0xFFFF))
        {
            return null;
        }
    }

    /// <summary>Claims the work, and waits for it where another process has it.</summary>
    /// <param name="path">The file that stands for it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public static FileClaim Take(string path, CancellationToken cancellation)
    {
        while (true)
        {
            if (TryTake(path) is { } claim)
                return claim;
            cancellation.WaitHandle.WaitOne(Patience);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>How long to wait before asking again.</summary>
    internal static TimeSpan Patience { get; } = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
