using SkiaSharp;

namespace Ensembles.Data.Tests;

/// <summary>No class and no image is left out without a word.</summary>
public sealed class ClassFoldersTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    LabeledImages Load() => ImageFolder.Load(folder.Path, channels: 3);

    public static TheoryData<string, byte[]> Formats => new()
    {
        { "webp", ImageFiles.Png(200, 0, 0, format: SKEncodedImageFormat.Webp) },
        { "WEBP", ImageFiles.Png(200, 0, 0, format: SKEncodedImageFormat.Webp) },
        { "bmp", UnusualFiles.Bmp(200, 0, 0) },
        { "jpe", ImageFiles.Png(200, 0, 0, format: SKEncodedImageFormat.Jpeg) },
        { "JFIF", ImageFiles.Png(200, 0, 0, format: SKEncodedImageFormat.Jpeg) },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_class_of_another_format_is_read_and_keeps_its_label(string extension, byte[] content)
    {
        folder.Write("a/1.png", ImageFiles.Png(10, 0, 0));
        folder.Write($"b/1.{extension}", content);
        folder.Write("c/1.png", ImageFiles.Png(30, 0, 0));
        using var data = Load();
        Assert.Equal([0, 1, 2], data.Labels.data<long>().ToArray());
        Assert.Equal(3, data.ClassCount);
        Assert.InRange(data.Images[1, 0, 1, 1].item<float>() * 255, 195, 205);
    }

    [Fact]
    public void A_gif_is_read_unless_it_is_a_film()
    {
        folder.Write("a/1.gif", UnusualFiles.Gif(255, 0, 51));
        using var data = Load();
        Assert.Equal([1f, 0f, 0.2f], data.Images.flatten().data<float>().ToArray());
        folder.Write("a/1.gif", UnusualFiles.Gif(255, 0, 51, frames: 3));
        Fails.Naming(folder["a/1.gif"], "a film of 3 images", Load);
    }

    [Theory]
    [InlineData("tif")]
    [InlineData("HEIC")]
    [InlineData("ppm")]
    [InlineData("svg")]
    public void An_image_in_a_format_that_is_not_read_is_named(string extension)
    {
        folder.Write("a/1.png", ImageFiles.Png(10, 0, 0));
        var other = folder.Write($"b/1.{extension}", [1, 2, 3]);
        Fails.Naming(other, $"{extension.ToUpperInvariant()} images are not read", Load);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_empty_folder_is_a_class(bool archived)
    {
        folder.Write("data/a/1.png", ImageFiles.Png(10, 0, 0));
        folder.Write("data/c/1.png", ImageFiles.Png(30, 0, 0));
        Directory.CreateDirectory(folder["data/b"]);
        Directory.CreateDirectory(folder["data/.cache"]);
        var path = folder["data"];
        if (archived)
            System.Formats.Tar.TarFile.CreateFromDirectory(folder["data"], path = folder["x.tar"], false);
        using var data = ImageFolder.Load(path);
        Assert.Equal([0, 2], data.Labels.data<long>().ToArray());
        Assert.Equal(["a", "b", "c"], ImageFolder.ClassNames(path));
        Assert.Equal(3, data.ClassCount);
    }

    [Fact]
    public void A_class_whose_files_have_no_known_extension_is_named()
    {
        folder.Write("a/1.png", ImageFiles.Png(10, 0, 0));
        folder.Write("a/notes.txt", [1]);
        var file = folder.Write("b/image1", ImageFiles.Png(20, 0, 0));
        Fails.Naming(file, "The class b has no image", Load);
    }

    [Fact]
    public void Images_in_folders_below_a_class_are_named()
    {
        folder.Write("a/1.png", ImageFiles.Png(10, 0, 0));
        var deep = folder.Write("a/more/2.png", ImageFiles.Png(20, 0, 0));
        Fails.Naming(deep, "class/image.png", Load);
        Directory.Delete(folder["a/more"], recursive: true);
        Directory.CreateDirectory(folder["a/2.png"]);
        Fails.Naming(folder["a/2.png"], "class/image.png", Load);
    }

    [Fact]
    public void Links_to_their_own_folder_end()
    {
        folder.Write("a/1.png", ImageFiles.Png(10, 0, 0));
        foreach (var name in new[] { "p", "q", "r" })
            Directory.CreateSymbolicLink(folder[$"a/{name}"], folder["a"]);
        Fails.Naming(folder["a/p/1.png"], "class/image.png", Load);
    }
}
