namespace Ensembles.Data.Tests;

/// <summary>What has the name of a file and is none: nothing waits for a pipe's writer or a device's end.</summary>
public sealed class SpecialFilesTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    sealed class UnixFactAttribute : FactAttribute
    {
        public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no such files." : null;
    }

    /// <summary>Puts each kind of special file at a path and sees the call fail by name, soon.</summary>
    void EachFails(string path, Func<object?> call)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Action[] kinds =
        [
            () => UnusualFiles.Pipe(path),
            () => File.CreateSymbolicLink(path, Pipe()),
            () => File.CreateSymbolicLink(path, "/dev/zero"),
            () => File.CreateSymbolicLink(path, "/dev/null"),
            () => File.CreateSymbolicLink(path, folder["nothing"]),
            () => File.CreateSymbolicLink(path, path),
        ];
        foreach (var make in kinds)
        {
            File.Delete(path);
            make();
            var failing = Task.Run(() => Fails.Naming(path, "", call));
            Assert.True(failing.Wait(TimeSpan.FromSeconds(20)), "It waits.");
        }

        string Pipe()
        {
            File.Delete(folder["pipe"]);
            UnusualFiles.Pipe(folder["pipe"]);
            return folder["pipe"];
        }
    }

    [UnixFact]
    public void In_a_class_folder() => EachFails(folder["x/a/1.png"], () => ImageFolder.Load(folder["x"]));

    [UnixFact]
    public void As_an_archive() => EachFails(folder["images.tar"], () => ImageFolder.Load(folder["images.tar"]));

    [UnixFact]
    public void As_a_file_of_mnist()
    {
        folder.Write("t10k-labels-idx1-ubyte", IdxFiles.Labels(3));
        EachFails(folder["t10k-images-idx3-ubyte"], () => Mnist.Load(folder.Path, Subset.Test));
    }

    [UnixFact]
    public void As_a_batch_of_cifar() =>
        EachFails(folder["test_batch.bin"], () => Cifar10.Load(folder.Path, Subset.Test));

    [Fact]
    public void A_folder_in_place_of_a_file_is_named()
    {
        Directory.CreateDirectory(folder["t10k-images-idx3-ubyte"]);
        folder.Write("t10k-labels-idx1-ubyte", IdxFiles.Labels(3));
        Fails.Naming(folder["t10k-images-idx3-ubyte"], "a folder", () => Mnist.Load(folder.Path, Subset.Test));
        Fails.Naming(
            folder.Path,
            "a folder",
            () => Idx.Load(folder.Path, folder["t10k-labels-idx1-ubyte"], 10));
    }

    [Fact]
    public void A_file_in_place_of_a_folder_is_named()
    {
        var file = folder.Write("mnist", [1, 2, 3]);
        Fails.Naming(file, "It is a file", () => Mnist.Load(file, Subset.Test));
        Fails.Naming(file, "It is a file", () => DataFolder.Find(file));
    }
}
