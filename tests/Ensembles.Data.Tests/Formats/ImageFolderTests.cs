namespace Ensembles.Data.Tests;

public sealed class ImageFolderTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Files whose red value tells them apart, in an order that is not that of their names.</summary>
    static readonly (string Name, byte[] Content)[] files =
    [
        ("train/dog/2.png", ImageFiles.Png(40, 0, 0)),
        ("train/dog/10.png", ImageFiles.Png(30, 0, 0)),
        ("train/cat/b.PNG", ImageFiles.Png(20, 0, 0)),
        ("train/cat/a.png", ImageFiles.Png(10, 0, 0)),
        ("train/cat/c.png", ImageFiles.Png(25, 0, 0)),
        ("train/cat/.hidden.png", [1, 2, 3]),
        ("train/notes.txt", [1, 2, 3]),
        ("test/dog/x.png", ImageFiles.Png(50, 60, 70)),
    ];

    string AsFolder()
    {
        foreach (var (name, content) in files)
            folder.Write("images/" + name, content);
        return folder["images"];
    }

    string AsArchive(bool gzipped)
    {
        var tar = ImageFiles.Tar([.. files.Select(file => ("./" + file.Name, file.Content))]);
        return folder.Write("images.tar", gzipped ? TemporaryFolder.Gzip(tar) : tar);
    }

    public static TheoryData<string> Kinds => ["folder", "tar", "tar.gz"];

    string Make(string kind) => kind == "folder" ? AsFolder() : AsArchive(kind == "tar.gz");

    static float[] Reds(LabeledImages data) =>
        [.. Enumerable.Range(0, data.Count).Select(i => data.Images[i, 0, 0, 0].item<float>() * 255)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Images_come_by_name_a_class_in_turn(string kind)
    {
        var path = Make(kind);
        using var data = ImageFolder.Load(path, Subset.Train);
        Assert.Equal(["cat", "dog"], ImageFolder.ClassNames(path, Subset.Train));
        Assert.Equal([0, 1, 0, 1, 0], data.Labels.data<long>().ToArray());
        Assert.Equal([10f, 30, 20, 40, 25], Reds(data));
        using var limited = ImageFolder.Load(path, Subset.Train, limit: Limit.First(3));
        Assert.Equal([10f, 30, 20], Reds(limited));
    }

    /// <summary>The only test class keeps the number it has in training.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Test_labels_agree_with_training_labels(string kind)
    {
        using var data = ImageFolder.Load(Make(kind), Subset.Test);
        Assert.Equal([1], data.Labels.data<long>().ToArray());
        Assert.Equal(2, data.ClassCount);
        Assert.Equal([1, 3, 3, 4], data.Images.shape);
        Assert.Equal([50f / 255, 60f / 255, 70f / 255], data.Images[0, .., 2, 3].data<float>().ToArray());
    }

    [Fact]
    public void Classes_may_lie_in_the_folder_itself_and_images_be_grey()
    {
        folder.Write("a/1.jpg", ImageFiles.Png(200, 200, 200, format: SkiaSharp.SKEncodedImageFormat.Jpeg));
        folder.Write("b/1.png", ImageFiles.Png(100, 150, 200));
        using var data = ImageFolder.Load(folder.Path, channels: 1);
        Assert.Equal([2, 1, 3, 4], data.Images.shape);
        Assert.Equal([200f, 141f], Reds(data));
    }

    [Fact]
    public void Unusable_images_are_named()
    {
        AsFolder();
        void Fail(string words, byte[] content)
        {
            var path = folder.Write("images/train/dog/x.png", content);
            Fails.Naming(path, words, () => ImageFolder.Load(folder["images"], Subset.Train));
        }

        Fail("not an image", "no image"u8.ToArray());
        Fail("It is empty", []);
        Fail("damaged", ImageFiles.Png(1, 2, 3)[..^30]);
        Fail("4x3 pixels, but the first image is 3x4", ImageFiles.Png(1, 2, 3, width: 3, height: 4));
    }

    [Fact]
    public void Missing_and_empty_folders_are_named()
    {
        Fails.Naming(folder["none"], "no such folder or archive", () => ImageFolder.Load(folder["none"]));
        Fails.Naming(folder.Path, "class/image.png", () => ImageFolder.Load(folder.Path));
        Fails.Naming(AsFolder(), "laid out as class/image.png", () => ImageFolder.Load(folder["images"]));
        Assert.Throws<ArgumentOutOfRangeException>(
            "channels", () => ImageFolder.Load(folder["images"], Subset.Train, channels: 2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_archive_cut_anywhere_is_refused(bool gzipped)
    {
        var whole = ImageFiles.Tar([.. files.Where(file => file.Name.EndsWith("png", StringComparison.Ordinal))]);
        var path = folder["cut.tar"];
        // On the boundary between two files, inside a header, inside a file.
        foreach (var length in Enumerable.Range(0, whole.Length / 512 - 1).Select(i => i * 512).Append(700).Append(100))
        {
            File.WriteAllBytes(path, gzipped ? TemporaryFolder.Gzip(whole[..length]) : whole[..length]);
            Fails.Naming(path, "cut off", () => ImageFolder.Load(path, Subset.Train));
        }

        var packed = TemporaryFolder.Gzip(whole);
        File.WriteAllBytes(path, packed[..(packed.Length / 2)]);
        Fails.Naming(path, "cut off", () => ImageFolder.Load(path, Subset.Train));
        File.WriteAllBytes(path, "not an archive"u8.ToArray());
        Fails.Naming(path, "no tar archive", () => ImageFolder.Load(path, Subset.Train));
    }
}
