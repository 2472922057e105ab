using System.Net;
using System.Net.Sockets;

namespace Ensembles.Data.Tests;

/// <summary>An HTTP server on this machine that serves one file, as well or as badly as a test wants.</summary>
sealed class FileServer : IDisposable
{
    readonly HttpListener listener = new();
    readonly byte[] content;

    public FileServer(byte[] content)
    {
        this.content = content;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/file.bin");
        }

        listener.Prefixes.Add(new Uri(Address, "/").ToString());
        listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public Uri Address { get; }

    /// <summary>Bytes sent before the connection breaks.</summary>
    public int? BreaksAfter { get; set; }

    /// <summary>Bytes sent before the server falls silent, with the connection open.</summary>
    public int? StallsAfter { get; set; }

    public bool SupportsRanges { get; set; } = true;

    public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

    /// <summary>Done before a request is answered.</summary>
    public Action? OnRequest { get; set; }

    /// <summary>The Range header of each request, in order; null where it had none.</summary>
    public List<string?> Ranges { get; } = [];

    async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                await AnswerAsync(await listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    async Task AnswerAsync(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        OnRequest?.Invoke();
        Ranges.Add(request.Headers["Range"]);
        var start = 0;
        if (SupportsRanges && request.Headers["Range"] is { } range)
        {
            start = int.Parse(range["bytes=".Length..].TrimEnd('-'));
            response.StatusCode = start < content.Length ? 206 : 416;
            response.Headers["Content-Range"] = start < content.Length
                ? $"bytes {start}-{content.Length - 1}/{content.Length}"
                : $"bytes */{content.Length}";
        }

        if (Status != HttpStatusCode.OK)
            response.StatusCode = (int)Status;
        if (response.StatusCode >= 400)
        {
            response.Close();
            return;
        }

        var body = content.AsMemory(start);
        response.ContentLength64 = body.Length;
        if ((BreaksAfter ?? StallsAfter) is { } sent)
        {
            await response.OutputStream.WriteAsync(body[..Math.Min(sent, body.Length)]);
            await response.OutputStream.FlushAsync();
            if (StallsAfter is not null)
                return;
            await Task.Delay(50);
            response.Abort();
            return;
        }

        await response.OutputStream.WriteAsync(body);
        response.Close();
    }

    public void Dispose() => listener.Close();
}
