namespace Ensembles.Data.Tests;

public sealed class Cifar10Tests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>One record: a label, then the channels, each of one value.</summary>
    static byte[] Record(byte label, byte red, byte green, byte blue) =>
        [label, .. Enumerable.Repeat(red, 1024), .. Enumerable.Repeat(green, 1024), .. Enumerable.Repeat(blue, 1024)];

    static (string Name, byte[] Content)[] Files() =>
    [
        .. Enumerable.Range(1, 5).Select(
            i => (
                $"cifar-10-batches-bin/data_batch_{i}.bin",
                (byte[])[.. Record((byte)i, (byte)(10 * i), 0, 0), .. Record(0, (byte)(10 * i + 1), 0, 0)])),
        ("cifar-10-batches-bin/test_batch.bin", Record(9, 1, 2, 3)),
    ];

    string AsFolder()
    {
        foreach (var (name, content) in Files())
            folder.Write(name, content);
        return folder["cifar-10-batches-bin"];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Binary_version_comes_in_order_of_its_batches(bool archived)
    {
        var path = archived
            ? folder.Write("cifar-10-binary.tar.gz", TemporaryFolder.Gzip(ImageFiles.Tar(Files())))
            : AsFolder();
        using var train = Cifar10.Load(path, Subset.Train);
        Assert.Equal([1, 0, 2, 0, 3, 0, 4, 0, 5, 0], train.Labels.data<long>().ToArray());
        using var reds = (train.Images.select(1, 0).select(1, 31).select(1, 31) * 255).round().contiguous();
        Assert.Equal([10f, 11, 20, 21, 30, 31, 40, 41, 50, 51], reds.data<float>().ToArray());

        using var test = Cifar10.Load(path, Subset.Test);
        Assert.Equal([1, 3, 32, 32], test.Images.shape);
        Assert.Equal([1f / 255, 2f / 255, 3f / 255], test.Images[0, .., 5, 5].data<float>().ToArray());
        Assert.True(DataFolder.Find(folder.Path)!.HasCifar10);
    }

    [Fact]
    public void Damaged_batches_are_named()
    {
        var path = AsFolder();
        var batch = folder["cifar-10-batches-bin/data_batch_3.bin"];
        File.WriteAllBytes(batch, Record(1, 0, 0, 0)[..^1]);
        Fails.Naming(batch, "cut off", () => Cifar10.Load(path, Subset.Train));
        File.WriteAllBytes(batch, []);
        Fails.Naming(batch, "It is empty", () => Cifar10.Load(path, Subset.Train));
        File.WriteAllBytes(batch, [.. Record(1, 0, 0, 0), .. Record(10, 0, 0, 0)]);
        Fails.Naming(batch, "label of record 1 is 10", () => Cifar10.Load(path, Subset.Train));
        File.Delete(batch);
        Fails.Naming(path, "lacks data_batch_3.bin", () => Cifar10.Load(path, Subset.Train));
    }

    [Fact]
    public void Class_folders_of_something_else_are_refused()
    {
        folder.Write("train/cat/1.png", ImageFiles.Png(1, 2, 3));
        Fails.Naming(folder.Path, "not CIFAR-10", () => Cifar10.Load(folder.Path, Subset.Train));
    }

    [Theory]
    [InlineData("for Python", "cifar-10-batches-py/data_batch_1", "cifar-10-batches-py/test_batch")]
    [InlineData("for Python", "data_batch_2", "batches.meta")]
    [InlineData("CIFAR-100", "cifar-100-python/train", "cifar-100-python/test", "cifar-100-python/meta")]
    [InlineData("CIFAR-100", "cifar-100-binary/train.bin", "cifar-100-binary/test.bin")]
    public void Its_relatives_are_recognised(string words, params string[] names)
    {
        var tar = ImageFiles.Tar([.. names.Select(name => (name, (byte[])[0x80, 4, 0x95]))]);
        Fails.Naming(
            folder.Write("x.tar.gz", TemporaryFolder.Gzip(tar)),
            words,
            () => Cifar10.Load(folder["x.tar.gz"], Subset.Test));
        foreach (var name in names)
            folder.Write("x/" + name, [0x80, 4, 0x95]);
        Fails.Naming(folder["x"], words, () => Cifar10.Load(folder["x"], Subset.Train));
        Fails.Naming(folder["x/" + names[0]], words, () => Cifar10.Load(folder["x/" + names[0]], Subset.Train));
    }

    [Fact]
    public void One_of_its_files_alone_is_recognised()
    {
        AsFolder();
        var batch = folder["cifar-10-batches-bin/data_batch_1.bin"];
        Fails.Naming(batch, "the folder that holds", () => Cifar10.Load(batch, Subset.Train));
    }

    [RealDataFact]
    public void The_archive_of_class_folders_is_complete()
    {
        var data = DataFolder.Find()!;
        using var test = data.Cifar10(Subset.Test);
        Assert.Equal([10_000, 3, 32, 32], test.Images.shape);
        Assert.Equal(
            Enumerable.Repeat(1000, 10),
            test.Labels.data<long>().ToArray().CountBy(label => label).OrderBy(c => c.Key).Select(c => c.Value));
        // The mean colour of CIFAR-10, known to be (0.491, 0.482, 0.447) on training images; a swapped channel or a
        // wrong scale shows.
        Assert.Equal(
            [0.49, 0.48, 0.45],
            test.Images.mean([0, 2, 3]).data<float>().ToArray().Select(v => Math.Round(v, 2)),
            (a, b) => Math.Abs(a - b) <= 0.011);
        Assert.Equal(
            Cifar10.ClassNames, ImageFolder.ClassNames(Path.Combine(data.Path, "cifar10-jpeg.tar.gz"), Subset.Train));

        using var some = data.Cifar10(Subset.Test, Limit.Balanced(50));
        Assert.Equal(5, some.Labels.eq(3).sum().item<long>());
    }
}
