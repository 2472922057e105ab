namespace Ensembles.Data;

/// <summary>
/// Where a user keeps datasets: the folder of a <c>--data</c> option, else the one the environment variable
/// <c>ENSEMBLES_DATA</c> names.
/// </summary>
public sealed record DataFolder
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "ENSEMBLES_DATA";

    DataFolder(string path) => Path = path;

    /// <summary>The folder, which exists.</summary>
    public string Path { get; }

    /// <summary>
    /// The folder a user named, if any: <paramref name="option"/> wins over the environment variable, and without both
    /// there is none.
    /// </summary>
    /// <param name="option">The value of a <c>--data</c> option; null or empty when it was not given.</param>
    /// <exception cref="DatasetException">A folder was named that does not exist.</exception>
    public static DataFolder? Find(string? option = null)
    {
        var (path, source) = string.IsNullOrEmpty(option)
            ? (Environment.GetEnvironmentVariable(Variable), $"the environment variable {Variable}")
            : (option, "--data");
        if (string.IsNullOrEmpty(path))
            return null;
        if (File.Exists(path))
            throw new DatasetException(
                System.IO.Path.GetFullPath(path), $"It is a file. Correct {source}, which names a folder.");
        if (!Directory.Exists(path))
            throw new DatasetException(
                System.IO.Path.GetFullPath(path), $"There is no such folder. Correct {source}, which names it.");
        return new DataFolder(System.IO.Path.GetFullPath(path));
    }

    /// <summary>Whether MNIST is here, in the folder itself or in its sub-folder <c>mnist</c>.</summary>
    public bool HasMnist => Ensembles.Data.Mnist.IsIn(MnistFolder);

    /// <summary>Whether CIFAR-10 is here, as <see cref="Cifar10"/> finds it.</summary>
    public bool HasCifar10 => FindCifar10() is not null;

    /// <summary>Loads MNIST from the folder itself or from its sub-folder <c>mnist</c>.</summary>
    /// <param name="subset">Training or test images.</param>
    /// <param name="limit">How many images; null for all.</param>
    /// <exception cref="DatasetException">The files are missing or damaged.</exception>
    public LabeledImages Mnist(Subset subset, Limit? limit = null) =>
        Ensembles.Data.Mnist.Load(MnistFolder, subset, limit);

    /// <summary>
    /// Loads CIFAR-10 from what is found first: a folder or archive named like <c>cifar-10-batches-bin</c>,
    /// <c>cifar-10-binary.tar.gz</c>, <c>cifar10</c>, <c>cifar10-jpeg.tar.gz</c>.
    /// </summary>
    /// <param name="subset">Training or test images.</param>
    /// <param name="limit">How many images; null for all.</param>
    /// <exception cref="DatasetException">There is none, or it is damaged.</exception>
    public LabeledImages Cifar10(Subset subset, Limit? limit = null) => Ensembles.Data.Cifar10.Load(
        FindCifar10()
            ?? throw new DatasetException(
                Path,
                $"It has no CIFAR-10: none of {string.Join(", ", cifarNames)}. Put one of them there. "
                    + "The version for Python is not read."),
        subset,
        limit);

    static readonly string[] cifarNames =
    [
        "cifar-10-batches-bin",
        "cifar-10-binary.tar.gz",
        "cifar10",
        "cifar10-jpeg.tar.gz",
    ];

    string MnistFolder
    {
        get
        {
            var inside = System.IO.Path.Combine(Path, "mnist");
            return Directory.Exists(inside) ? inside : Path;
        }
    }

    string? FindCifar10() =>
        cifarNames.Select(name => System.IO.Path.Combine(Path, name)).FirstOrDefault(System.IO.Path.Exists);
}
