using Ensembles.Defenses;
using Ensembles.Training;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>A row of the table.</summary>
/// <param name="Name">The defense, and with what it is combined.</param>
/// <param name="Make">An untrained one, given networks and the table it is for.</param>
/// <param name="Literature">What is reported of the method after it was attacked adaptively; empty for nothing.</param>
sealed record Method(string Name, Func<INetworkFactory, Setting, NetworkClassifier> Make, string Literature = "")
{
    /// <summary>How it is trained, where that is not as all the others are.</summary>
    public Func<TrainingOptions, TrainingOptions> Training { get; init; } = options => options;

    const int Steps = 10;

    public static IReadOnlyList<Method> All { get; } =
    [
        new("Undefended", (n, _) => new UndefendedClassifier(n)),
        new("Center loss", (n, _) => new CenterLossClassifier(n)),
        new("Contrastive-center loss", (n, _) => new ContrastiveCenterClassifier(n)),
        new(
            "Prototype conformity",
            (n, _) => new PrototypeConformityClassifier(n),
            "CIFAR-10, 8/255: 32.3 % claimed, 0.3 % under AutoAttack (RobustBench)"),
        new("Max-Mahalanobis", (n, _) => new MaxMahalanobisClassifier(n)),
        new("G-softmax", (n, _) => new GaussianSoftmaxClassifier(n)),
        new("D-softmax", (n, _) => new DissectedSoftmaxClassifier(n)),
        new("Lifted structure", (n, _) => new LiftedStructureClassifier(n)),
        new("Average margin", (n, _) => new AverageMarginClassifier(n)),
        new("Average margin, of images", (n, _) => new AverageMarginClassifier(n, space: MarginSpace.Images)),
        new("No batch norm", (n, _) => new NoBatchNormClassifier(n)),
        new(
            "Distillation, T = 100",
            (n, _) => new DistilledClassifier(n, temperature: 100),
            "falls to attacks on the margin"),
        new(
            "Triplet adversarial",
            (n, table) => new TripletAdversarialClassifier(n, table.Epsilon),
            "CIFAR-10, 8/255: 50.0 % claimed, 47.4 % under AutoAttack (RobustBench)"),
        new("L-BFGS pool", (n, _) => new LbfgsPoolClassifier(n)),
        new(
            "PGD training",
            (n, table) => new PgdAdversarialClassifier(n, table.Epsilon, Steps),
            "MNIST, 0.3: 88.5 % under AutoAttack"),
        new(
            "PGD training, 30 epochs",
            (n, table) => new PgdAdversarialClassifier(n, table.Epsilon, Steps),
            "MNIST, 0.3: 88.5 % under AutoAttack")
        {
            Training = options => options with { Epochs = 30 },
        },
        new(
            "TRADES",
            (n, table) => new TradesClassifier(n, table.Epsilon, steps: Steps),
            "MNIST, 0.3: 92.8 % under AutoAttack"),
        new("MART", (n, table) => new MartClassifier(n, table.Epsilon, steps: Steps)),
        new("PGD training with weight perturbation", (n, table) => new WeightPerturbedClassifier(n, table.Epsilon)),
        new(
            "FGSM training, random start",
            (n, table) => new FgsmAdversarialClassifier(n, table.Epsilon),
            "CIFAR-10, 8/255: 43.2 % under AutoAttack (RobustBench)"),
        new(
            "FGSM training, no random start",
            (n, table) => new FgsmAdversarialClassifier(n)
            {
                Perturbation = new FgsmPerturbation(table.Epsilon) { RandomStart = false, WarmUp = 0.5 },
            },
            "falls to PGD"),
        new(
            "Ensemble adversarial training",
            (n, table) => new EnsembleAdversarialClassifier(n) { Epsilon = table.Epsilon },
            "falls to white-box PGD"),
        new(
            "Adversarial logit pairing",
            (n, table) => new AdversarialLogitPairingClassifier(n, table.Epsilon),
            "ImageNet-64, 16/255: 0.1 % under PGD"),
        new("Clean logit pairing", (n, _) => new CleanLogitPairingClassifier(n)),
        new("Jacobian regularisation", (n, _) => new JacobianClassifier(n)),
        new(
            "Same perturbation, 1 group",
            (n, table) => new SharedPerturbationClassifier(n, table.Epsilon, groups: 1)),
        new(
            "Same perturbation, 4 groups",
            (n, table) => new SharedPerturbationClassifier(n, table.Epsilon, groups: 4)),
        new(
            "Same perturbation, 16 groups",
            (n, table) => new SharedPerturbationClassifier(n, table.Epsilon, groups: 16)),
        new("Few-shot episodes", (n, _) => new FewShotClassifier(n)),
        new(
            "Few-shot episodes, queries perturbed",
            (n, table) => new FewShotClassifier(n) { Perturbation = Pgd(table.Epsilon) }),
        new(
            "Center loss + PGD",
            (n, table) => new CenterLossClassifier(n) { Perturbation = Pgd(table.Epsilon) }),
        new(
            "Max-Mahalanobis + PGD",
            (n, table) => new MaxMahalanobisClassifier(n) { Perturbation = Pgd(table.Epsilon) },
            "CIFAR-10, 8/255: 55.0 % claimed, 43.5 % under AutoAttack (RobustBench)"),
        new("Edges", (n, _) => new EdgeClassifier(n)),
        Behind("Canny edges", _ => new CannyTransform()),
        Behind("Low pass", _ => new LowPassTransform(), "shown by its source against black boxes only"),
        Behind("Bit depth, 1 bit", _ => new BitDepthTransform(1), "ImageNet, normalised L2 0.05: 0 %"),
        Behind("JPEG", _ => new JpegTransform(), "ImageNet, normalised L2 0.05: 0 %"),
        Behind("Total variation", _ => new TotalVariationTransform(), "ImageNet, normalised L2 0.05: 0 %"),
        Behind("Quilting", table => new QuiltingTransform(table.Channels), "ImageNet, normalised L2 0.05: 0 %"),
        new(
            "Crops, mean of 30",
            (n, _) => new RandomCropClassifier(n),
            "ImageNet, normalised L2 0.05: 0 %"),
        Behind("Median", _ => new MedianTransform()),
        Behind("Gaussian blur", _ => new GaussianBlurTransform()),
        Behind("Bilateral filter", _ => new BilateralTransform()),
        Behind("Non-local means", _ => new NonLocalMeansTransform()),
        Behind("Denoising autoencoder", table => new DenoisingAutoencoderTransform(table.Channels)),
        Behind("Sparse coding", table => new SparseCodingTransform(table.Channels)),
        Behind("Thermometer", _ => new ThermometerTransform(), "CIFAR-10, 8/255: 0 %", channelFactor: 16),
        new(
            "Thermometer, LS-PGA training",
            (n, table) => new ThermometerAdversarialClassifier(n, table.Epsilon, table.Channels)
            {
                Perturbation = new LogitSpacePerturbation(table.Epsilon) { WarmUp = 0.5 },
            },
            "below PGD training"),
        new("Activation pruning", (n, _) => new StochasticPruningClassifier(n), "CIFAR-10, 8/255: 0 %"),
        new("Dropout at test time", (n, _) => new DropoutClassifier(n)),
        Behind("Random resizing and padding", _ => new RandomResizePadTransform(), "ImageNet, 8/255: 0 %"),
        Behind(
            "PixelDefend",
            table => new PixelDefendTransform(table.Channels),
            "CIFAR-10, 8/255: 9 %"),
        Behind(
            "Defense-GAN",
            table => new DefenseGanTransform(table.Channels, table.Size, restarts: 4, steps: 100) { EotSamples = 1 },
            "MNIST, normalised L2 0.005: 55 %; 0 % on images of its generator"),
    ];

    /// <summary>A network behind a transform, trained behind it; a transform that is trained comes first.</summary>
    static Method Behind(
        string name, Func<Setting, InputTransform> transform, string literature = "", int channelFactor = 1) => new(
            name,
            (n, table) => new Transformed(n, transform(table), table.Channels * channelFactor),
            literature);

    static PgdPerturbation Pgd(double epsilon) => new(epsilon, Steps) { WarmUp = 0.5 };
}
