using System.Net.Sockets;
using System.Text;

namespace Ensembles.Serving.Tests;

/// <summary>A connection that sends what it is told.</summary>
sealed class RawClient : IDisposable
{
    /// <summary>How a request begins.</summary>
    public const string Post =
        "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    readonly TcpClient client = new();

    public static async Task<RawClient> Connect(HttpClient http)
    {
        var raw = new RawClient();
        await raw.client.ConnectAsync("127.0.0.1", http.BaseAddress!.Port);
        return raw;
    }

    public void Dispose() => client.Dispose();

    /// <summary>Closes without a farewell once it is disposed.</summary>
    public void Reset() => client.LingerState = new LingerOption(enable: true, seconds: 0);

    public async Task Write(string text) => await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>What comes next.</summary>
    public async Task<string> ReadSome()
    {
        var bytes = new byte[1000];
        return Encoding.Latin1.GetString(bytes, 0, await client.GetStream().ReadAsync(bytes));
    }

    /// <summary>All that comes until the service closes.</summary>
    public async Task<string> Read()
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
