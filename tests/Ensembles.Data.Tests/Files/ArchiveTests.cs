using System.Formats.Tar;
using System.Text;

namespace Ensembles.Data.Tests;

/// <summary>Archives that claim what is not so, or hold other things than files.</summary>
public sealed class ArchiveTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    void Fail(string words, byte[] tar, string? path = null)
    {
        foreach (var content in new[] { tar, TemporaryFolder.Gzip(tar) })
        {
            folder.Write("x.tar", content);
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Fails.Naming(path ?? folder["x.tar"], words, () => ImageFolder.Load(folder["x.tar"]));
            Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 1 << 24);
        }
    }

    static byte[] Octal(string digits) => Encoding.ASCII.GetBytes(digits.PadLeft(11, '0') + "\0");

    static byte[] Base256(ulong value) => [0x80, 0, 0, 0, .. BitConverter.GetBytes(value).Reverse()];

    /// <summary>An image, then a header that is not true, then zeros.</summary>
    static byte[] After(byte[] header, int zeros = 2048) =>
        [.. ImageFiles.Tar(("a/1.png", ImageFiles.Png(1, 2, 3)))[..^1024], .. header, .. new byte[zeros]];

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void Names_and_attributes_are_not_held_at_the_length_they_claim(char type)
    {
        Fail("longer than any", After(UnusualFiles.TarHeader("b", type, Octal("17000000000"))));
        Fail("longer than any", After(UnusualFiles.TarHeader("b", type, Base256(1L << 33))));
        Fail("longer than any", After(UnusualFiles.TarHeader("b", type, Base256(ulong.MaxValue))));
    }

    [Fact]
    public void Sizes_that_no_file_has_are_refused()
    {
        foreach (var size in new[] { 1UL << 33, 1UL << 62, ulong.MaxValue, ulong.MaxValue >> 1 })
            Fail("", After(UnusualFiles.TarHeader("b/1.png", '0', Base256(size))));
        Fail("", After(UnusualFiles.TarHeader("b/1.png", '0', Octal("77777777777"))));
    }

    [Fact]
    public void A_member_longer_than_any_image_is_not_unpacked() => Fail(
        "what is read here has at most",
        [
            .. UnusualFiles.TarHeader("a/1.png", '0', Octal(Convert.ToString(200_000_000, 8))),
            .. new byte[200_000_000],
            .. new byte[1024],
        ],
        folder["x.tar/a/1.png"]);

    [Fact]
    public void Zeros_without_an_end_are_no_archive() =>
        Fail("no tar archive", new byte[40_000_000]);

    [Fact]
    public void A_link_among_the_images_is_named()
    {
        using var memory = new MemoryStream();
        using (var tar = new TarWriter(memory, leaveOpen: true))
        {
            tar.WriteEntry(
                new UstarTarEntry(TarEntryType.RegularFile, "a/1.png")
                {
                    DataStream = new MemoryStream(ImageFiles.Png(1, 2, 3)),
                });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.HardLink, "b/2.png") { LinkName = "a/1.png" });
        }

        Fail("a HardLink", memory.ToArray(), folder["x.tar/b/2.png"]);
    }

    [Fact]
    public void One_block_of_zeros_ends_an_archive()
    {
        var tar = ImageFiles.Tar(("a/1.png", ImageFiles.Png(1, 2, 3)));
        using var data = ImageFolder.Load(folder.Write("x.tar", tar[..^512]));
        Assert.Equal(1, data.Count);
    }

    [Fact]
    public void A_bit_that_gzip_finds_wrong_is_found_wrong()
    {
        var tar = ImageFiles.Tar(("a/1.bmp", UnusualFiles.Bmp(1, 2, 3, 40, 40)));
        var packed = TemporaryFolder.Gzip(tar);
        packed[^8] ^= 1; // its checksum
        Fails.Naming(
            folder.Write("x.tar", packed), "damaged", () => ImageFolder.Load(folder["x.tar"]));
    }
}
