using Ensembles.Defenses;
using Ensembles.Training;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>A row of the table.</summary>
/// <param name="Name">The defense, and with what it is combined.</param>
/// <param name="Make">An untrained one, given networks and the radius that training defends against.</param>
/// <param name="Literature">What is reported of the method after it was attacked adaptively; empty for nothing.</param>
sealed record Method(string Name, Func<INetworkFactory, double, NetworkClassifier> Make, string Literature = "")
{
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
            (n, epsilon) => new TripletAdversarialClassifier(n, epsilon),
            "CIFAR-10, 8/255: 50.0 % claimed, 47.4 % under AutoAttack (RobustBench)"),
        new("L-BFGS pool", (n, _) => new LbfgsPoolClassifier(n)),
        new(
            "PGD training",
            (n, epsilon) => new PgdAdversarialClassifier(n, epsilon, Steps),
            "MNIST, 0.3: 88.5 % under AutoAttack"),
        new(
            "TRADES",
            (n, epsilon) => new TradesClassifier(n, epsilon, steps: Steps),
            "MNIST, 0.3: 92.8 % under AutoAttack"),
        new("MART", (n, epsilon) => new MartClassifier(n, epsilon, steps: Steps)),
        new("PGD training with weight perturbation", (n, epsilon) => new WeightPerturbedClassifier(n, epsilon)),
        new(
            "FGSM training, random start",
            (n, epsilon) => new FgsmAdversarialClassifier(n, epsilon),
            "CIFAR-10, 8/255: 43.2 % under AutoAttack (RobustBench)"),
        new(
            "FGSM training, no random start",
            (n, epsilon) => new FgsmAdversarialClassifier(n)
            {
                Perturbation = new FgsmPerturbation(epsilon) { RandomStart = false, WarmUp = 0.5 },
            },
            "falls to PGD"),
        new(
            "Ensemble adversarial training",
            (n, epsilon) => new EnsembleAdversarialClassifier(n) { Epsilon = epsilon },
            "falls to white-box PGD"),
        new(
            "Adversarial logit pairing",
            (n, epsilon) => new AdversarialLogitPairingClassifier(n, epsilon),
            "ImageNet-64, 16/255: 0.1 % under PGD"),
        new("Clean logit pairing", (n, _) => new CleanLogitPairingClassifier(n)),
        new("Jacobian regularisation", (n, _) => new JacobianClassifier(n)),
        new(
            "Same perturbation, 1 group",
            (n, epsilon) => new SharedPerturbationClassifier(n, epsilon, groups: 1)),
        new(
            "Same perturbation, 4 groups",
            (n, epsilon) => new SharedPerturbationClassifier(n, epsilon, groups: 4)),
        new(
            "Same perturbation, 16 groups",
            (n, epsilon) => new SharedPerturbationClassifier(n, epsilon, groups: 16)),
        new("Few-shot episodes", (n, _) => new FewShotClassifier(n)),
        new(
            "Few-shot episodes, queries perturbed",
            (n, epsilon) => new FewShotClassifier(n) { Perturbation = Pgd(epsilon) }),
        new(
            "Center loss + PGD",
            (n, epsilon) => new CenterLossClassifier(n) { Perturbation = Pgd(epsilon) }),
        new(
            "Max-Mahalanobis + PGD",
            (n, epsilon) => new MaxMahalanobisClassifier(n) { Perturbation = Pgd(epsilon) },
            "CIFAR-10, 8/255: 55.0 % claimed, 43.5 % under AutoAttack (RobustBench)"),
    ];

    static PgdPerturbation Pgd(double epsilon) => new(epsilon, Steps) { WarmUp = 0.5 };
}
