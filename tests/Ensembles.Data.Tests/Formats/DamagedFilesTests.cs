using SkiaSharp;

namespace Ensembles.Data.Tests;

/// <summary>
/// Whatever is done to a file, it is loaded or refused by a <see cref="DatasetException"/>, and claims on memory have
/// an end.
/// </summary>
public sealed class DamagedFilesTests : IDisposable
{
    const int Mutants = 250;

    /// <summary>The bytes of the largest image that is read, and what else a load needs.</summary>
    const long MostAllocated = 3L * (1 << 25) + (1 << 24);

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, byte[]> Images => new()
    {
        { "png", ImageFiles.Png(10, 200, 30, 9, 7) },
        { "jpg", ImageFiles.Png(10, 200, 30, 9, 7, SKEncodedImageFormat.Jpeg) },
        { "webp", ImageFiles.Png(10, 200, 30, 9, 7, SKEncodedImageFormat.Webp) },
        { "bmp", UnusualFiles.Bmp(10, 200, 30, 9, 7) },
        { "gif", UnusualFiles.Gif(10, 200, 30) },
    };

    [Theory]
    [MemberData(nameof(Images))]
    public void An_image(string extension, byte[] content) =>
        Try(content, bytes => folder.Write($"a/1.{extension}", bytes), () => ImageFolder.Load(folder.Path));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_archive(bool gzipped)
    {
        var tar = ImageFiles.Tar(
            ("a/1.png", ImageFiles.Png(1, 2, 3)),
            ("b/2.bmp", UnusualFiles.Bmp(1, 2, 3)),
            (string.Concat(Enumerable.Repeat("long/", 30)) + "name", [1, 2]));
        Try(
            gzipped ? TemporaryFolder.Gzip(tar) : tar,
            bytes => folder.Write("x.tar", bytes),
            () => ImageFolder.Load(folder["x.tar"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pair_of_idx_files(bool gzipped)
    {
        Func<byte[], byte[]> pack = gzipped ? TemporaryFolder.Gzip : content => content;
        foreach (var isLabels in new[] { false, true })
        {
            folder.Write("images", pack(IdxFiles.Images(3)));
            folder.Write("labels", pack(IdxFiles.Labels(0, 1, 2)));
            var name = isLabels ? "labels" : "images";
            Try(
                File.ReadAllBytes(folder[name]),
                bytes => folder.Write(name, bytes),
                () => Idx.Load(folder["images"], folder["labels"], 3));
        }
    }

    [Fact]
    public void A_batch_of_cifar() => Try(
        [.. Enumerable.Range(0, 2 * 3073).Select(i => (byte)(i % 3073 == 0 ? 3 : i))],
        bytes => folder.Write("test_batch.bin", bytes),
        () => Cifar10.Load(folder.Path, Subset.Test));

    static void Try(byte[] whole, Action<byte[]> write, Func<LabeledImages> load)
    {
        var random = new Random(1);
        for (var i = 0; i < Mutants; i++)
        {
            var mutant = Mutate(whole, random);
            write(mutant);
            var before = GC.GetTotalAllocatedBytes(precise: false);
            try
            {
                load().Dispose();
            }
            catch (DatasetException e)
            {
                Assert.Contains(e.Path, e.Message);
            }

            Assert.InRange(GC.GetTotalAllocatedBytes(precise: false) - before, 0, MostAllocated);
        }
    }

    /// <summary>One to four changes: a byte, a run of one value, a cut, a part left out or repeated.</summary>
    static byte[] Mutate(byte[] whole, Random random)
    {
        var bytes = (byte[])whole.Clone();
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Length > 0; changes--)
        {
            var at = random.Next(random.Next(2) == 0 ? bytes.Length : Math.Min(bytes.Length, 64));
            var run = Math.Min(random.Next(1, 9), bytes.Length - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.AsSpan(at, run).Fill(random.Next(2) == 0 ? byte.MaxValue : (byte)random.Next(256));
                    break;
                case 3:
                    bytes = bytes[..at];
                    break;
                case 4:
                    bytes = [.. bytes[..at], .. bytes[(at + run)..]];
                    break;
                default:
                    bytes = [.. bytes[..at], .. bytes[at..(at + run)], .. bytes[at..]];
                    break;
            }
        }

        return bytes;
    }
}
