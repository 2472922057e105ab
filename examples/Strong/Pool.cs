using Ensembles;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Numerics;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Strong;

/// <summary>
/// The defenses that ensembles are searched among: each is trained on images perturbed against itself, in its own way.
/// </summary>
/// <param name="Hardened">Trained on images perturbed by PGD [20].</param>
/// <param name="Smooth">Trained to answer alike on an image and on a perturbed one.</param>
/// <param name="Boosted">Trained with more weight on images that it gets wrong.</param>
/// <param name="Compact">Classes kept compact in feature space [36], on perturbed images.</param>
/// <param name="Edges">Sees edges only, perturbed.</param>
/// <param name="Coarse">Sees black and white only, perturbed.</param>
/// <param name="Density">
/// A detector: images whose features lie where no training image of their label has any [9].
/// </param>
sealed record Pool(
    PgdAdversarialClassifier Hardened,
    TradesClassifier Smooth,
    MartClassifier Boosted,
    CenterLossClassifier Compact,
    EdgeClassifier Edges,
    CoarseClassifier Coarse,
    KernelDensityDetector Density) : IDisposable
{
    /// <summary>The radius in Linf that they are trained and attacked at.</summary>
    public const double Epsilon = 0.3;

    const int Steps = 10;

    /// <summary>Trains them, or takes up what an earlier run trained.</summary>
    /// <param name="data">Where MNIST is.</param>
    /// <param name="folder">Where checkpoints are kept.</param>
    public static Pool Train(DataFolder data, string folder)
    {
        random.manual_seed(1);
        var networks = new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10);
        PgdPerturbation Pgd() => new(Epsilon, Steps) { WarmUp = 0.5 };
        var pool = new Pool(
            new PgdAdversarialClassifier(networks, Epsilon, Steps),
            new TradesClassifier(networks, Epsilon, steps: Steps),
            new MartClassifier(networks, Epsilon, steps: Steps),
            new CenterLossClassifier(networks) { Perturbation = Pgd() },
            new EdgeClassifier(networks) { Perturbation = Pgd() },
            new CoarseClassifier(networks, Epsilon),
            new KernelDensityDetector(networks) { Epsilon = Epsilon });
        using var training = data.Mnist(Subset.Train);
        foreach (var (name, classifier) in pool.Classifiers)
            Train(classifier, training, folder, name);
        Train(pool.Density, training, folder, nameof(Density));
        return pool;
    }

    /// <summary>A network without a defense, which claims are measured against.</summary>
    /// <param name="data">Where MNIST is.</param>
    /// <param name="folder">Where its checkpoint is kept.</param>
    public static UndefendedClassifier TrainUndefended(DataFolder data, string folder)
    {
        random.manual_seed(2);
        var undefended = new UndefendedClassifier(new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10));
        using var training = data.Mnist(Subset.Train);
        Train(undefended, training, folder, "Undefended");
        return undefended;
    }

    static void Train(Module<Tensor, Tensor> defense, LabeledImages training, string folder, string name)
    {
        ((ITrainable)defense).Train(training, new TrainingOptions
        {
            Seed = 1,
            Epochs = 8,
            BatchSize = 128,
            LearningRate = 2e-3,
            CheckpointPath = Directory.CreateDirectory(folder).FullName,
            Progress = new ImmediateProgress<TrainingProgress>(now =>
            {
                if (now.Batch == now.Batches)
                    Console.WriteLine($"{now.Stage}: epoch {now.Epoch} of {now.Epochs}");
            }),
        }.For(name));
        defense.eval();
    }

    /// <summary>All classifiers, by their names.</summary>
    public IReadOnlyList<Named<Classifier>> Classifiers =>
    [
        new(nameof(Hardened), Hardened), new(nameof(Smooth), Smooth), new(nameof(Boosted), Boosted),
        new(nameof(Compact), Compact), new(nameof(Edges), Edges), new(nameof(Coarse), Coarse),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, classifier) in Classifiers)
            classifier.Dispose();
        Density.Dispose();
    }
}
