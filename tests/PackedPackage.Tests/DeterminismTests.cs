using System.IO.Compression;
using System.Text;

namespace PackedPackage.Tests;

/// <summary>One source gives the same bytes, whenever and wherever it is packed.</summary>
[Collection(nameof(PackedCollection))]
public sealed class DeterminismTests(PackedFeed feed) : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-again-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_second_pack_is_the_same_bytes()
    {
        PackedFeed.PackInto(folder, "--no-build");

        Assert.All(Directory.EnumerateFiles(feed.Folder), file => Assert.True(
            File.ReadAllBytes(file).SequenceEqual(File.ReadAllBytes(Path.Combine(folder, Path.GetFileName(file)))),
            Path.GetFileName(file)));
    }

    [Fact]
    public void No_packed_file_names_the_folder_it_was_built_in()
    {
        var root = Dotnet.RepositoryRoot.TrimEnd(Path.DirectorySeparatorChar);
        byte[][] names = [Encoding.UTF8.GetBytes(root), Encoding.Unicode.GetBytes(root)];

        Assert.All(Directory.EnumerateFiles(feed.Folder), file =>
        {
            using var package = ZipFile.OpenRead(file);
            foreach (var entry in package.Entries)
            {
                using var content = new MemoryStream();
                using (var packed = entry.Open())
                    packed.CopyTo(content);
                Assert.All(
                    names,
                    name => Assert.True(
                        content.ToArray().AsSpan().IndexOf(name) < 0, $"{Path.GetFileName(file)}: {entry.FullName}"));
            }
        });
    }
}
