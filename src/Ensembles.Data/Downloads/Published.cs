namespace Ensembles.Data;

/// <summary>Datasets that can be downloaded, with their checksums.</summary>
public static class Published
{
    /// <summary>The four files of MNIST; 11 MB together.</summary>
    public static IReadOnlyList<RemoteFile> Mnist { get; } =
    [
        MnistFile("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        MnistFile("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        MnistFile("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        MnistFile("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ];

    /// <summary>CIFAR-10, binary version; 170 MB. <see cref="Cifar10.Load"/> reads the archive as it is.</summary>
    public static RemoteFile Cifar10 { get; } = new(
        "cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        [new Uri("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz")]);

    static RemoteFile MnistFile(string name, string sha256) => new(
        name + ".gz",
        sha256,
        [
            new Uri($"https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz"),
            new Uri($"https://storage.googleapis.com/cvdf-datasets/mnist/{name}.gz"),
        ])
    {
        ChecksumIsOfUnpacked = true,
    };
}
