namespace Ensembles.Data.Tests;

public sealed class IdxTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_become_pixels_in_order(bool gzipped)
    {
        Func<byte[], byte[]> pack = gzipped ? TemporaryFolder.Gzip : content => content;
        using var data = Idx.Load(
            folder.Write("images", pack(IdxFiles.Images(3))),
            folder.Write("labels", pack(IdxFiles.Labels(1, 0, 2))),
            3);
        Assert.Equal([3, 1, 2, 3], data.Images.shape);
        Assert.Equal(Enumerable.Range(0, 18).Select(i => i / 255f), data.Images.data<float>().ToArray());
        Assert.Equal([1, 0, 2], data.Labels.data<long>().ToArray());
        Assert.Equal(3, data.ClassCount);
    }

    [Theory]
    [InlineData(2, new long[] { 0, 0 })]
    [InlineData(9, new long[] { 0, 0, 0, 1, 2, 1 })]
    public void Limit_takes_the_first(int count, long[] expected)
    {
        using var data = Load([0, 0, 0, 1, 2, 1], Limit.First(count));
        Assert.Equal(expected, data.Labels.data<long>().ToArray());
    }

    [Theory]
    [InlineData(3, new long[] { 0, 1, 2 }, new[] { 0, 3, 4 })]
    [InlineData(5, new long[] { 0, 0, 1, 2, 1 }, new[] { 0, 1, 3, 4, 5 })]
    public void Limit_takes_of_each_class_as_many(int count, long[] expected, int[] expectedImages)
    {
        using var data = Load([0, 0, 0, 1, 2, 1], Limit.Balanced(count));
        Assert.Equal(expected, data.Labels.data<long>().ToArray());
        using var firstPixels = data.Images.flatten(1).select(1, 0).contiguous();
        Assert.Equal(expectedImages.Select(i => i * 6 / 255f), firstPixels.data<float>().ToArray());
    }

    LabeledImages Load(byte[] labels, Limit limit) =>
        Idx.Load(
            folder.Write("images", IdxFiles.Images(labels.Length)),
            folder.Write("labels", IdxFiles.Labels(labels)),
            3,
            limit);

    [Fact]
    public void Damaged_files_are_named()
    {
        var images = folder.Write("images", IdxFiles.Images(3));
        var labels = folder.Write("labels", IdxFiles.Labels(0, 1, 2));
        void Fail(string words, string name, byte[] content, bool isLabels = false)
        {
            var path = folder.Write(name, content);
            Fails.Naming(path, words, () => isLabels ? Idx.Load(images, path, 3) : Idx.Load(path, labels, 3));
        }

        var good = IdxFiles.Images(3);
        Fail("cut off", "empty", []);
        Fail("cut off", "header", good[..10]);
        Fail("cut off", "half", good[..^1]);
        Fail("damaged", "longer", [.. good, 0]);
        Fail("cut off", "gzip-half", TemporaryFolder.Gzip(good)[..20]);
        Fail("damaged", "gzip-wrong", [0x1F, 0x8B, .. good]);
        Fail("no IDX file", "other", "<html>Not found</html>"u8.ToArray());
        Fail("a file of labels", "swapped", File.ReadAllBytes(labels));
        Fail("damaged", "negative", IdxFiles.Make(0x803, [-3, -2, 3], new byte[18]));
        Fail("cut off", "enormous", IdxFiles.Make(0x803, [int.MaxValue, int.MaxValue, int.MaxValue], new byte[18]));
        Fail("no pixels", "none", IdxFiles.Make(0x803, [3, 0, 3], []));
        Fail("2 labels for the 3 images", "two", IdxFiles.Labels(0, 1), isLabels: true);
        Fail("label of image 1 is 3", "range", IdxFiles.Labels(0, 3, 1), isLabels: true);
        Fail("a file of images", "images-again", good, isLabels: true);
        Fails.Naming(folder["missing"], "no such file", () => Idx.Load(folder["missing"], labels, 3));
    }
}
