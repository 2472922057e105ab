namespace Ensembles.Data;

/// <summary>
/// Recognises by their names what is often taken for the binary version of CIFAR-10, and says what it is.
/// </summary>
static class CifarRelatives
{
    const string Python =
        "It is CIFAR-10 in the version for Python, pickled objects, which is not read here. Get the binary version, "
            + "cifar-10-binary.tar.gz, from https://www.cs.toronto.edu/~kriz/cifar.html, or with Downloader and "
            + "Published.Cifar10.";

    const string Hundred =
        "It is CIFAR-100, which is not read here. For CIFAR-10 get cifar-10-binary.tar.gz; to use CIFAR-100, save its "
            + "images as PNG in a folder for each class and load them with ImageFolder.";

    /// <summary>What the files of a folder or an archive are; null when they are nothing known.</summary>
    public static string? Recognise(FileTree tree)
    {
        var names = tree.Names.Select(name => Path.GetFileName(name)!).ToHashSet();
        bool Has(params string[] all) => all.All(names.Contains);
        return Has("fine_label_names.txt") || Has("train.bin", "test.bin") || Has("train", "test", "meta") ? Hundred
            : Has("batches.meta") || Has("data_batch_1") || Has("test_batch") ? Python
            : null;
    }

    /// <summary>What one file of such a folder is, by its name; null when it is nothing known.</summary>
    public static string? RecogniseFile(string name) => name switch
    {
        "train.bin" or "test.bin" or "fine_label_names.txt" or "train" or "test" or "meta" => Hundred,
        "test_batch" or "batches.meta" => Python,
        "test_batch.bin" or "batches.meta.txt" => OneOfMany,
        _ when !name.StartsWith("data_batch_", StringComparison.Ordinal) => null,
        _ => name.EndsWith(".bin", StringComparison.Ordinal) ? OneOfMany : Python,
    };

    const string OneOfMany = "It is one of CIFAR-10's files. Give the folder that holds them all.";
}
