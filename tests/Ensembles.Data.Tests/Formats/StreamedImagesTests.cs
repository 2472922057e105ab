namespace Ensembles.Data.Tests;

public sealed class StreamedImagesTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    void Write(int count)
    {
        for (var i = 0; i < count; i++)
            folder.Write(
                $"{(char)('a' + (i % 3))}/{i}.png",
                ImageFiles.Png((byte)i, (byte)(2 * i), 7, width: 5 + (i % 2), height: 6));
    }

    static readonly ImageScaling scaling = ImageScaling.To(4, 4);

    [Fact]
    public void They_are_the_images_in_memory_bit_for_bit_whichever_are_asked_for()
    {
        Write(10);
        using var loaded = ImageFolder.Load(folder.Path, scaling: scaling);
        using var streamed = ImageFolder.Stream(folder.Path, scaling: scaling);
        Assert.Equal((10, 3), (streamed.Count, streamed.ClassCount));
        Assert.Equal([3, 4, 4], streamed.ImageShape);
        Assert.True(streamed.Labels.Equals(loaded.Labels));
        foreach (var indices in new long[][] { [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [7, 2, 7], [9], [] })
        {
            using var expected = loaded.Select(indices);
            using var actual = streamed.Select(indices);
            Assert.True(expected.Images.Equals(actual.Images));
            Assert.True(expected.Labels.Equals(actual.Labels));
        }
    }

    [Fact]
    public void Parts_are_all_images_in_order()
    {
        Write(7);
        using var loaded = ImageFolder.Load(folder.Path, scaling: scaling);
        using var streamed = ImageFolder.Stream(folder.Path, scaling: scaling);
        var counts = new List<int>();
        var start = 0;
        foreach (var part in streamed.Parts(3))
        {
            using var expected = loaded.Slice(start, 3);
            Assert.True(expected.Images.Equals(part.Images));
            counts.Add(part.Count);
            start += part.Count;
        }

        Assert.Equal([3, 3, 1], counts);
        Assert.Throws<ArgumentOutOfRangeException>(() => streamed.Parts(0));
    }

    [Fact]
    public void A_file_that_was_damaged_or_removed_since_is_named_when_it_is_read()
    {
        Write(6);
        using var streamed = ImageFolder.Stream(folder.Path, scaling: scaling);
        var file = folder["b/1.png"];
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^30]);
        Fails.Naming(file, "damaged", () => streamed.Select([0, 1, 2]));
        streamed.Select([0, 2]).Dispose();
        File.Delete(file);
        Fails.Naming(file, "no such file", () => streamed.Select([1]));
    }

    [Fact]
    public void Without_scaling_all_have_the_size_of_the_first()
    {
        Write(4);
        using var streamed = ImageFolder.Stream(folder.Path);
        Assert.Equal([3, 6, 5], streamed.ImageShape);
        Fails.Naming(folder["b/1.png"], "6x6 pixels, but the first image is 6x5", () => streamed.Select([1]));
    }

    [Fact]
    public void Its_fingerprint_is_that_of_names_lengths_labels_and_scaling()
    {
        Write(6);
        string Fingerprint(ImageScaling? scaling, Limit? limit = null)
        {
            using var streamed = ImageFolder.Stream(folder.Path, scaling: scaling, limit: limit);
            return streamed.Fingerprint;
        }

        var before = Fingerprint(scaling);
        Assert.Equal(before, Fingerprint(scaling));
        Assert.NotEqual(before, Fingerprint(ImageScaling.CenterCrop(4, 4)));
        Assert.NotEqual(before, Fingerprint(scaling, Limit.First(5)));
        File.Move(folder["a/0.png"], folder["b/0.png"]);
        Assert.NotEqual(before, Fingerprint(scaling));
    }

    [Fact]
    public void What_cannot_be_streamed_is_refused()
    {
        Write(3);
        using var streamed = ImageFolder.Stream(folder.Path, scaling: scaling);
        Assert.Throws<ArgumentOutOfRangeException>(() => streamed.Select([3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => streamed.Select([-1]));
        var archive = folder.Write("x.tar", ImageFiles.Tar(("a/1.png", ImageFiles.Png(1, 2, 3))));
        Fails.Naming(archive, "Unpack the archive", () => ImageFolder.Stream(archive));
        Fails.Naming(folder["none"], "no such folder", () => ImageFolder.Stream(folder["none"]));
        // A million of 3 x 512 x 512 are three terabytes as float32.
        using var large = ImageFolder.Stream(folder.Path, scaling: ImageScaling.To(512, 512));
        Fails.Naming(folder.Path, "in parts", () => large.Select(new long[1_000_000]));
    }
}
