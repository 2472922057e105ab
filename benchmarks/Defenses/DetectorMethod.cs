using Ensembles.Defenses;
using Ensembles.Training;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>A row of the table of detectors, each a gate before the undefended network.</summary>
/// <param name="Name">The detector.</param>
/// <param name="Make">An untrained one, given networks, an image's pixels, and the radius it is fitted to.</param>
/// <param name="Literature">What is reported of it under attacks that know it; empty for nothing.</param>
sealed record DetectorMethod(
    string Name, Func<INetworkFactory, int, double, NetworkDetector> Make, string Literature = "")
{
    public static IReadOnlyList<DetectorMethod> All { get; } =
    [
        new(
            "Feinman: density and dropout",
            (n, _, epsilon) => new BayesianUncertaintyDetector(n) { Epsilon = epsilon },
            "MNIST: 98 % pass, C&W"),
        new("Kernel density", (n, _, epsilon) => new KernelDensityDetector(n) { Epsilon = epsilon }),
        new("Dropout", (n, _, epsilon) => new DropoutUncertaintyDetector(n) { Epsilon = epsilon }),
        new(
            "Gong: binary network",
            (n, _, epsilon) => new BinaryClassifierDetector(n) { Epsilon = epsilon },
            "MNIST: 100 % pass, C&W"),
        new("Metzen: subnetwork", (n, _, epsilon) => new SubnetworkDetector(n) { Epsilon = epsilon }),
        new(
            "Grosse: class of attacks",
            (n, _, epsilon) => new AdversarialClassDetector(n) { Epsilon = epsilon },
            "MNIST: 100 % pass, C&W"),
        new(
            "Hendrycks: late components",
            (n, pixels, epsilon) => new PrincipalComponentsDetector(n, pixels) { Epsilon = epsilon }),
        new("Bhagoji: leading components", (n, pixels, _) => new DimensionReductionDetector(n, pixels)),
        new("Li: filter statistics", (n, _, epsilon) => new FilterStatisticsDetector(n) { Epsilon = epsilon }),
        new(
            "Grosse: two-sample",
            (n, pixels, epsilon) => new MaximumMeanDiscrepancyDetector(n, pixels) { Epsilon = epsilon }),
        new("Li: mean blur", (n, _, _) => new MeanBlurDetector(n)),
        new("Feature squeezing", (n, _, _) => new FeatureSqueezingDetector(n)),
        new(
            "Local intrinsic dimensionality",
            (n, _, epsilon) => new LocalIntrinsicDimensionalityDetector(n) { Epsilon = epsilon },
            "falls to attacks that know it"),
        new("Mahalanobis", (n, _, epsilon) => new MahalanobisDetector(n) { Epsilon = epsilon }),
        new("Specialists + 1", (n, _, epsilon) => new SpecialistsDetector(n) { Epsilon = epsilon }),
        new("MagNet: detectors", (n, _, _) => new ReconstructionDetector(n)),
    ];
}
