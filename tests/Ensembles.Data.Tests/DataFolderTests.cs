namespace Ensembles.Data.Tests;

public sealed class DataFolderTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly string? before = Environment.GetEnvironmentVariable(DataFolder.Variable);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(DataFolder.Variable, before);
        folder.Dispose();
    }

    [Fact]
    public void The_option_wins_over_the_environment_variable()
    {
        Directory.CreateDirectory(folder["a"]);
        Directory.CreateDirectory(folder["b"]);
        Environment.SetEnvironmentVariable(DataFolder.Variable, folder["a"]);
        Assert.Equal(folder["b"], DataFolder.Find(folder["b"])!.Path);
        Assert.Equal(folder["a"], DataFolder.Find()!.Path);
        Assert.Equal(folder["a"], DataFolder.Find("")!.Path);
        Environment.SetEnvironmentVariable(DataFolder.Variable, null);
        Assert.Null(DataFolder.Find());
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named_with_what_named_it()
    {
        Environment.SetEnvironmentVariable(DataFolder.Variable, folder["gone"]);
        Fails.Naming(folder["gone"], DataFolder.Variable, () => DataFolder.Find());
        Fails.Naming(folder["away"], "--data", () => DataFolder.Find(folder["away"]));
    }

    [Theory]
    [InlineData("mnist/")]
    [InlineData("")]
    public void Mnist_is_found_in_the_folder_or_in_its_own(string place)
    {
        var data = DataFolder.Find(folder.Path)!;
        Assert.False(data.HasMnist);
        foreach (var prefix in new[] { "train", "t10k" })
        {
            folder.Write($"{place}{prefix}-images-idx3-ubyte", IdxFiles.Images(1));
            folder.Write($"{place}{prefix}-labels-idx1-ubyte", IdxFiles.Labels(3));
        }

        Assert.True(data.HasMnist);
        using var images = data.Mnist(Subset.Test);
        Assert.Equal(1, images.Count);
    }

    [Fact]
    public void Missing_cifar_says_what_would_do()
    {
        var data = DataFolder.Find(folder.Path)!;
        Assert.False(data.HasCifar10);
        Fails.Naming(folder.Path, "cifar-10-binary.tar.gz", () => data.Cifar10(Subset.Train));
    }
}
