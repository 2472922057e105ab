namespace Ensembles.Data;

/// <summary>
/// MNIST, handwritten digits: 60,000 training and 10,000 test images, 28x28 grey, from its four IDX files.
/// Fashion-MNIST and KMNIST have files of the same names.
/// </summary>
public static class Mnist
{
    /// <summary>Names of the ten classes, by label.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    /// <summary>Loads images, float32 [N, 1, 28, 28] in [0, 1], in the files' order, which is random.</summary>
    /// <param name="folder">
    /// The folder with <c>train-images-idx3-ubyte</c> and so on, each gzipped (<c>.gz</c>) or not.
    /// </param>
    /// <param name="subset">Training or test images.</param>
    /// <param name="limit">How many images; null for all.</param>
    /// <exception cref="DatasetException">A file is missing or damaged.</exception>
    public static LabeledImages Load(string folder, Subset subset, Limit? limit = null)
    {
        if (File.Exists(folder))
            throw new DatasetException(folder, "It is a file. Give the folder that holds the four files of MNIST.");
        if (!Directory.Exists(folder))
            throw new DatasetException(folder, "There is no such folder. Correct the path.");
        var (images, labels) = Names(subset);
        return Idx.Load(Require(folder, images), Require(folder, labels), ClassNames.Count, limit);
    }

    internal static bool IsIn(string folder) =>
        Enum.GetValues<Subset>()
            .Select(Names)
            .All(pair => Find(folder, pair.Images) is not null && Find(folder, pair.Labels) is not null);

    static (string Images, string Labels) Names(Subset subset)
    {
        var prefix = subset == Subset.Train ? "train" : "t10k";
        return ($"{prefix}-images-idx3-ubyte", $"{prefix}-labels-idx1-ubyte");
    }

    static string Require(string folder, string name) =>
        Find(folder, name)
            ?? throw new DatasetException(
                Path.Combine(folder, name), "There is no such file, nor with .gz. Put the four files of MNIST there.");

    /// <summary>
    /// The file, unpacked or not; some packers write the hyphen before "idx" as a dot. Reading it says so where it is a
    /// folder.
    /// </summary>
    static string? Find(string folder, string name)
    {
        string[] names = [name, name.Replace("-idx", ".idx")];
        return names
            .SelectMany(n => new[] { n, n + ".gz" })
            .Select(n => Path.Combine(folder, n))
            .FirstOrDefault(Path.Exists);
    }
}
