using Ensembles.Data;
using Ensembles.Training;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>What all methods of one table have in common.</summary>
/// <param name="Name">The table's name, and its folder's.</param>
/// <param name="Channels">Channels of the images.</param>
/// <param name="Size">Their side.</param>
/// <param name="Networks">The network.</param>
/// <param name="Radii">Radii of the attacks in Linf, ascending; training uses the last.</param>
/// <param name="Images">How many test images are attacked.</param>
/// <param name="Training">How networks are trained, but for the seed.</param>
/// <param name="Load">Loads training or test images.</param>
sealed record Setting(
    string Name,
    int Channels,
    int Size,
    INetworkFactory Networks,
    double[] Radii,
    int Images,
    TrainingOptions Training,
    Func<DataFolder, Subset, Limit?, LabeledImages> Load)
{
    /// <summary>Images that feature attacks take their guides from.</summary>
    const int Guides = 500;

    public static Setting Mnist { get; } = new(
        "mnist",
        Channels: 1,
        Size: 28,
        new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10),
        [0.1, 0.3],
        Images: 1000,
        new TrainingOptions { Epochs = 10, BatchSize = 128, LearningRate = 2e-3 },
        (folder, subset, limit) => folder.Mnist(subset, limit));

    /// <summary>
    /// A small residual network and a part of the images, so that a row takes one core less than half an hour.
    /// </summary>
    public static Setting Cifar10 { get; } = new(
        "cifar10",
        Channels: 3,
        Size: 32,
        new WideResNetFactory(channels: 3, imageSize: 32, classes: 10, depth: 10, widenFactor: 0.5),
        [8.0 / 255],
        Images: 500,
        new TrainingOptions
        {
            Epochs = 10,
            BatchSize = 64,
            LearningRate = 2e-3,
            Augmentations = [new CropAugmentation(4), new FlipAugmentation()],
        },
        (folder, subset, limit) => folder.Cifar10(subset, limit))
    {
        Methods = ["Undefended", "PGD training", "TRADES", "Center loss + PGD", "Same perturbation, 4 groups"],
        TrainingImages = 10_000,
        // Class folders come one class after the other.
        First = Limit.Balanced,
    };

    /// <summary>Names of the methods that run where none are asked for; null for all.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>How many images methods are trained on; null for all.</summary>
    public int? TrainingImages { get; init; }

    /// <summary>Which images so many are.</summary>
    public Func<int, Limit> First { get; init; } = Limit.First;

    /// <summary>The largest radius, which is trained for.</summary>
    public double Epsilon => Radii[^1];

    /// <summary>The images that methods are trained on.</summary>
    public LabeledImages LoadTraining(DataFolder data) =>
        Loaded(data, Subset.Train, TrainingImages is { } count ? First(count) : null);

    /// <summary>The images that are attacked.</summary>
    public LabeledImages LoadTest(DataFolder data) => Loaded(data, Subset.Test, First(Images));

    /// <summary>All test images.</summary>
    public LabeledImages LoadAll(DataFolder data) => Loaded(data, Subset.Test, null);

    /// <summary>The training images whose features attacks head for.</summary>
    public LabeledImages LoadGuides(DataFolder data) => Loaded(data, Subset.Train, First(Guides));

    LabeledImages Loaded(DataFolder data, Subset subset, Limit? limit)
    {
        using var images = Load(data, subset, limit);
        return images.To(Hardware.Device);
    }
}
