using Ensembles.Data;
using Ensembles.Training;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>What all methods of one table have in common.</summary>
/// <param name="Name">The table's name, and its folder's.</param>
/// <param name="Networks">The network.</param>
/// <param name="Radii">Radii of the attacks in Linf, ascending; training uses the last.</param>
/// <param name="Images">How many test images are attacked, the first ones.</param>
/// <param name="Training">How networks are trained, but for the seed.</param>
/// <param name="Load">Loads training or test images.</param>
sealed record Setting(
    string Name,
    INetworkFactory Networks,
    double[] Radii,
    int Images,
    TrainingOptions Training,
    Func<DataFolder, Subset, Limit?, LabeledImages> Load)
{
    /// <summary>Images that feature attacks take their guides from.</summary>
    public const int Guides = 500;

    public static Setting Mnist { get; } = new(
        "mnist",
        new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10),
        [0.1, 0.3],
        Images: 1000,
        new TrainingOptions { Epochs = 10, BatchSize = 128, LearningRate = 2e-3 },
        (folder, subset, limit) => folder.Mnist(subset, limit));

    public static Setting Cifar10 { get; } = new(
        "cifar10",
        new Widened(new SmallCnnFactory(channels: 3, imageSize: 32, classes: 10), width: 2),
        [4.0 / 255, 8.0 / 255],
        Images: 500,
        new TrainingOptions
        {
            Epochs = 10,
            BatchSize = 128,
            LearningRate = 2e-3,
            Augmentations = [new CropAugmentation(4), new FlipAugmentation()],
        },
        (folder, subset, limit) => folder.Cifar10(subset, limit));

    /// <summary>The largest radius, which is trained for.</summary>
    public double Epsilon => Radii[^1];

    sealed class Widened(INetworkFactory networks, double width) : INetworkFactory
    {
        public FeatureNetwork Create(NetworkRequest? request = null) =>
            networks.Create((request ?? new NetworkRequest()) with { Width = width });
    }
}
