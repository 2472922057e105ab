using System.Security.Cryptography;
using static TorchSharp.torch;

namespace Ensembles.Data.Tests;

public sealed class MnistTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_and_test_come_from_their_own_files_under_every_usual_name()
    {
        folder.Write("train-images.idx3-ubyte", IdxFiles.Images(2));
        folder.Write("train-labels-idx1-ubyte.gz", TemporaryFolder.Gzip(IdxFiles.Labels(7, 8)));
        folder.Write("t10k-images-idx3-ubyte", IdxFiles.Images(1));
        folder.Write("t10k-labels.idx1-ubyte.gz", TemporaryFolder.Gzip(IdxFiles.Labels(9)));
        using var train = Mnist.Load(folder.Path, Subset.Train);
        using var test = Mnist.Load(folder.Path, Subset.Test);
        Assert.Equal([7, 8], train.Labels.data<long>().ToArray());
        Assert.Equal([9], test.Labels.data<long>().ToArray());
    }

    [Fact]
    public void Missing_files_and_folders_are_named()
    {
        Fails.Naming(folder["nowhere"], "no such folder", () => Mnist.Load(folder["nowhere"], Subset.Train));
        Fails.Naming(folder["train-images-idx3-ubyte"], "no such file", () => Mnist.Load(folder.Path, Subset.Train));
    }

    /// <summary>
    /// SHA-256 of the published files' content, header included: nothing is lost or reordered between the file and the
    /// tensor.
    /// </summary>
    [RealDataFact]
    public void The_published_bytes_come_out_again()
    {
        using var data = DataFolder.Find()!.Mnist(Subset.Test);
        using var bytes = (data.Images * 255).round().to_type(ScalarType.Byte);
        var images = IdxFiles.Make(0x803, [10_000, 28, 28], bytes.data<byte>().ToArray());
        var labels = IdxFiles.Make(
            0x801, [10_000], [.. data.Labels.data<long>().ToArray().Select(label => (byte)label)]);
        Assert.Equal(Published.Mnist[2].Sha256, Convert.ToHexStringLower(SHA256.HashData(images)));
        Assert.Equal(Published.Mnist[3].Sha256, Convert.ToHexStringLower(SHA256.HashData(labels)));
    }

    [RealDataFact]
    public void Training_images_are_complete_and_balanced_on_demand()
    {
        using var data = DataFolder.Find()!.Mnist(Subset.Train, Limit.Balanced(1000));
        Assert.Equal(
            Enumerable.Repeat(100, 10),
            data.Labels.data<long>().ToArray().CountBy(label => label).OrderBy(c => c.Key).Select(c => c.Value));
        using var all = DataFolder.Find()!.Mnist(Subset.Train);
        Assert.Equal(60_000, all.Count);
    }
}
