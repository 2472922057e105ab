using Serving;

namespace Ensembles.Serving.Tests;

/// <summary>Connections that are slow, cut off, too long, or no HTTP.</summary>
[Collection(nameof(RunningService))]
public sealed class ConnectionTests(RunningService running)
{
    [Fact]
    public async Task Bodies_that_come_too_slowly_and_headers_that_never_end_are_refused()
    {
        using var slow = await RawClient.Connect(running.Http);
        using var endless = await RawClient.Connect(running.Http);
        await slow.Write($"{RawClient.Post}Content-Length: 5000\r\n\r\n{{\"pixels\":[");
        await endless.Write(RawClient.Post);
        Assert.StartsWith("HTTP/1.1 408", await slow.Read());
        Assert.StartsWith("HTTP/1.1 408", await endless.Read());
    }

    [Theory]
    [InlineData("Content-Length: 262145\r\n\r\n", "413")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n", "400")]
    [InlineData("Content-Length: -1\r\n\r\n", "400")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n40001\r\n", "413")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "400")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456", "400")]
    [InlineData("Broken\r\n\r\n", "400")]
    public async Task A_body_that_is_too_long_or_wrongly_announced_is_refused(string rest, string status)
    {
        using var client = await RawClient.Connect(running.Http);
        await client.Write(RawClient.Post + rest);
        if (status == "413")
            await client.Write(new string(' ', ImageInput.LongestBody + 1));
        Assert.StartsWith($"HTTP/1.1 {status}", await client.Read());
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001")]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    public async Task What_is_no_HTTP_is_refused(string text)
    {
        using var client = await RawClient.Connect(running.Http);
        await client.Write(text + "\r\n\r\n");
        Assert.Matches("^HTTP/1.1 (400|505)", await client.Read());
    }

    [Fact]
    public async Task Clients_that_leave_disturb_nobody()
    {
        var image = RunningService.Images(2)[0];
        var whole = Hostile.Numbers("0.5");
        for (var i = 0; i < 100; i++)
        {
            using var client = await RawClient.Connect(running.Http);
            var part = whole[..(whole.Length * i / 99)];
            await client.Write($"{RawClient.Post}Content-Length: {whole.Length}\r\n\r\n{part}");
            if (i % 2 == 0)
                client.Reset();
        }

        RunningService.AssertSame(running.Expected(image), await running.Ask(image));
    }
}
