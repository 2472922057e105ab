using System.Net;
using System.Security.Cryptography;

namespace Ensembles.Data.Tests;

public sealed class DownloaderTests : IDisposable
{
    static readonly byte[] content = RandomBytes(300_000, seed: 1);

    readonly TemporaryFolder folder = new();
    readonly FileServer server = new(content);
    readonly HttpClient client = new();

    string Target => folder["file.bin"];

    string Part => Target + ".part";

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
        folder.Dispose();
    }

    static byte[] RandomBytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    RemoteFile File(params Uri[] mirrors) =>
        new("file.bin", Convert.ToHexStringLower(SHA256.HashData(content)), mirrors is [] ? [server.Address] : mirrors);

    Task<string> Download(
        RemoteFile? file = null,
        TimeSpan? patience = null,
        CancellationToken cancellation = default,
        IProgress<DownloadProgress>? progress = null) =>
        new Downloader(client) { Patience = patience ?? TimeSpan.FromSeconds(30) }.DownloadAsync(
            file ?? File(), folder.Path, progress, cancellation);

    async Task<DatasetException> Fails(string words, RemoteFile? file = null, TimeSpan? patience = null)
    {
        var exception = await Assert.ThrowsAsync<DatasetException>(() => Download(file, patience));
        Assert.Contains(words, exception.Message);
        Assert.Contains("file.bin", exception.Message);
        Assert.False(System.IO.File.Exists(Target), "Something stands under the final name.");
        return exception;
    }

    void AssertComplete()
    {
        Assert.Equal(content, System.IO.File.ReadAllBytes(Target));
        Assert.Equal([Target], Directory.GetFiles(folder.Path));
    }

    sealed class Reports : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> All { get; } = [];

        public void Report(DownloadProgress value) => All.Add(value);
    }

    [Fact]
    public async Task A_file_arrives_once()
    {
        var reports = new Reports();
        Assert.Equal(Target, await Download(progress: reports));
        AssertComplete();
        Assert.Equal(new DownloadProgress("file.bin", content.Length, content.Length), reports.All[^1]);
        Assert.Equal(reports.All.OrderBy(r => r.Bytes), reports.All);

        Assert.Equal(Target, await Download());
        Assert.Single(server.Ranges);
    }

    [Fact]
    public async Task An_interrupted_download_goes_on_where_it_stopped()
    {
        server.BreaksAfter = 100_000;
        await Fails("kept in");
        var kept = (int)new FileInfo(Part).Length;
        Assert.InRange(kept, 1, 100_000);
        Assert.Equal(content[..kept], System.IO.File.ReadAllBytes(Part));

        server.BreaksAfter = null;
        var reports = new Reports();
        await Download(progress: reports);
        AssertComplete();
        Assert.Equal([null, $"bytes={kept}-"], server.Ranges);
        Assert.All(reports.All, r => Assert.True(r.Bytes > kept && r.TotalBytes == content.Length));
    }

    [Fact]
    public async Task A_server_without_ranges_sends_all_again()
    {
        folder.Write("file.bin.part", content[..1234]);
        server.SupportsRanges = false;
        await Download();
        AssertComplete();
    }

    [Fact]
    public async Task A_partial_file_of_something_else_is_fetched_anew()
    {
        folder.Write("file.bin.part", RandomBytes(5000, seed: 2));
        await Download();
        AssertComplete();
        Assert.Equal(["bytes=5000-", null], server.Ranges);
    }

    [Theory]
    [InlineData(300_000)]
    [InlineData(400_000)]
    public async Task A_partial_file_that_is_too_long_is_fetched_anew(int length)
    {
        folder.Write("file.bin.part", RandomBytes(length, seed: 2));
        await Download();
        AssertComplete();
    }

    [Fact]
    public async Task A_complete_partial_file_needs_no_network()
    {
        folder.Write("file.bin.part", content);
        await Download();
        AssertComplete();
        Assert.Empty(server.Ranges);
    }

    [Fact]
    public async Task A_wrong_checksum_leaves_nothing()
    {
        await Fails("another file", File() with { Sha256 = new string('0', 64) });
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_wrong_file_under_the_final_name_is_left_alone()
    {
        folder.Write("file.bin", [1, 2, 3]);
        var exception = await Assert.ThrowsAsync<DatasetException>(() => Download());
        Assert.Contains("Move it away", exception.Message);
        Assert.Equal([1, 2, 3], System.IO.File.ReadAllBytes(Target));
    }

    [Fact]
    public async Task An_answer_of_404_is_told_and_the_next_mirror_tried()
    {
        server.Status = HttpStatusCode.NotFound;
        await Fails("404");
        Assert.Empty(Directory.GetFiles(folder.Path));

        using var second = new FileServer(content);
        await Download(File(server.Address, second.Address));
        AssertComplete();
    }

    [Fact]
    public async Task The_next_mirror_goes_on_where_the_first_broke()
    {
        server.BreaksAfter = 100_000;
        using var second = new FileServer(content);
        await Download(File(server.Address, second.Address));
        AssertComplete();
        Assert.StartsWith("bytes=", second.Ranges.Single());
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_given_up()
    {
        server.StallsAfter = 1000;
        await Fails("sent nothing", patience: TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public async Task No_server_is_told()
    {
        server.Dispose();
        await Fails("Check the network");
    }

    [Fact]
    public async Task Cancelling_keeps_what_has_arrived()
    {
        server.StallsAfter = 1000;
        using var cancellation = new CancellationTokenSource();
        var download = Download(cancellation: cancellation.Token);
        // However long that takes here.
        while (!System.IO.File.Exists(Part) || new FileInfo(Part).Length < 1000)
            await Task.Delay(10);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
        Assert.Equal(content[..1000], System.IO.File.ReadAllBytes(Part));
        Assert.False(System.IO.File.Exists(Target));
    }

    /// <summary>/dev/full opens like a file, and is full when written to.</summary>
    [Fact]
    public async Task A_full_disk_is_told_and_leaves_nothing()
    {
        if (!System.IO.File.Exists("/dev/full"))
            return;
        server.OnRequest = () => System.IO.File.CreateSymbolicLink(Part, "/dev/full");
        await Fails("Make room on the disk");
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told()
    {
        folder.Write("in-the-way", []);
        var exception = await Assert.ThrowsAsync<DatasetException>(
            () => new Downloader(client).DownloadAsync(File(), folder["in-the-way"]));
        Assert.Contains("cannot be written", exception.Message);
    }

    [Fact]
    public async Task A_checksum_of_the_content_does_not_mind_the_packer()
    {
        using var packed = new FileServer(TemporaryFolder.Gzip(content));
        await Download(File(packed.Address) with { ChecksumIsOfUnpacked = true });
        Assert.Equal(TemporaryFolder.Gzip(content), System.IO.File.ReadAllBytes(Target));
        System.IO.File.Delete(Target);

        // Not gzip at all, though the content is right.
        await Fails("another file", File() with { ChecksumIsOfUnpacked = true });
    }
}
