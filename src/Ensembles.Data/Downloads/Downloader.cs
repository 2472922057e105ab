using System.Net;
using System.Net.Http.Headers;

namespace Ensembles.Data;

/// <summary>
/// Downloads files and checks them. A file gets its name only when it is whole and its checksum is right; until then it
/// is kept as <c>name.part</c>, and an interrupted download goes on from there.
/// </summary>
/// <param name="client">Sends the requests; the caller disposes it.</param>
public sealed class Downloader(HttpClient client)
{
    const int BufferBytes = 1 << 17;

    /// <summary>How long a server may send nothing before the next mirror is tried.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Downloads a file into a folder, which is created when it is missing. A file that is there already is checked and
    /// kept.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="progress">Receives the bytes that are here, some times a second at most.</param>
    /// <param name="cancellation">Stops the download; what has arrived is kept for the next attempt.</param>
    /// <returns>The path of the file.</returns>
    /// <exception cref="DatasetException">No mirror serves the file, or it cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The download was cancelled.</exception>
    public async Task<string> DownloadAsync(
        RemoteFile file, string folder, IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var path = Path.GetFullPath(Path.Combine(folder, file.Name));
        var part = new PartialFile(path + ".part");
        if (File.Exists(path))
        {
            return await Checksum.IsRightAsync(path, file, cancellation).ConfigureAwait(false)
                ? path
                : throw new DatasetException(
                    path,
                    $"It is there already, but is not the file expected: its SHA-256 is not {file.Sha256}. "
                        + "Move it away or remove it.");
        }

        part.CreateFolder();
        var failures = new List<string>();
        foreach (var mirror in file.Mirrors)
        {
            try
            {
                await FetchAsync(mirror, file, part, progress, cancellation).ConfigureAwait(false);
                part.MoveTo(path);
                return path;
            }
            catch (MirrorException e)
            {
                failures.Add($"{mirror}: {e.Message}");
            }
        }

        var kept = part.Length > 0
            ? $" The {part.Length} bytes that arrived are kept in {part.Path}; try again to go on from there."
            : " Check the network, or put the file there by hand.";
        throw new DatasetException(path, $"It could not be downloaded. {string.Join(" ", failures)}{kept}");
    }

    /// <summary>
    /// Completes the partial file from one mirror and checks it. One that was begun earlier and turns out wrong is
    /// fetched anew.
    /// </summary>
    async Task FetchAsync(
        Uri mirror, RemoteFile file, PartialFile part, IProgress<DownloadProgress>? progress,
        CancellationToken cancellation)
    {
        var begunEarlier = part.Length > 0;
        // Unpacking does not tell whether the last bytes, gzip's trailer, are there: such a file is finished by asking
        // for them.
        if (begunEarlier
            && !file.ChecksumIsOfUnpacked
            && await Checksum.IsRightAsync(part.Path, file, cancellation).ConfigureAwait(false))
            return;
        await TransferAsync(mirror, file.Name, part, progress, cancellation).ConfigureAwait(false);
        if (await Checksum.IsRightAsync(part.Path, file, cancellation).ConfigureAwait(false))
            return;

        part.Delete();
        if (!begunEarlier)
            throw new MirrorException($"It serves another file: its SHA-256 is not {file.Sha256}.");
        await FetchAsync(mirror, file, part, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>Appends what the partial file lacks, or takes the whole file where a server sends that.</summary>
    async Task TransferAsync(
        Uri mirror,
        string name,
        PartialFile part,
        IProgress<DownloadProgress>? progress,
        CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, mirror);
            if (part.Length > 0)
                request.Headers.Range = new RangeHeaderValue(part.Length, null);
            using var response = await client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token)
                .ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && part.Length > 0)
            {
                // The partial file is as long as the file or longer, and yet not right.
                part.Delete();
                await TransferAsync(mirror, name, part, progress, cancellation).ConfigureAwait(false);
                return;
            }

            if (!response.IsSuccessStatusCode)
                throw new MirrorException($"It answers {(int)response.StatusCode} ({response.ReasonPhrase}).");

            var range = response.StatusCode == HttpStatusCode.PartialContent
                ? response.Content.Headers.ContentRange
                : null;
            var start = range?.From == part.Length ? part.Length : 0;
            if (response.StatusCode == HttpStatusCode.PartialContent && range?.From != start)
                throw new MirrorException("It sends another part of the file than was asked for.");

            var total = range?.Length ?? (start == 0 ? response.Content.Headers.ContentLength : null);
            using var body = await response.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
            using var target = part.OpenAt(start);
            await CopyAsync(
                body,
                target,
                part,
                patience,
                bytes => progress?.Report(new DownloadProgress(name, start + bytes, total))).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not DatasetException)
        {
            throw new MirrorException(e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new MirrorException($"It sent nothing for {Patience.TotalSeconds:0} seconds.");
        }
    }

    async Task CopyAsync(
        Stream body, Stream target, PartialFile part, CancellationTokenSource patience, Action<long> report)
    {
        var buffer = new byte[BufferBytes];
        var (bytes, reported) = (0L, DateTime.MinValue);
        while (await body.ReadAsync(buffer, patience.Token).ConfigureAwait(false) is var read and > 0)
        {
            await part.WriteAsync(target, buffer.AsMemory(0, read)).ConfigureAwait(false);
            patience.CancelAfter(Patience);
            bytes += read;
            if (DateTime.UtcNow - reported < TimeSpan.FromMilliseconds(100))
                continue;
            reported = DateTime.UtcNow;
            report(bytes);
        }

        report(bytes);
    }

    /// <summary>One mirror failed; another may do.</summary>
    sealed class MirrorException(string message) : Exception(message);
}
