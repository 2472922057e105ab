using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>Every trainable defense, by name, built from a seed.</summary>
static class Trainables
{
    static readonly Dictionary<string, Func<INetworkFactory, ITrainable>> makers = new()
    {
        [nameof(UndefendedClassifier)] = n => new UndefendedClassifier(n),
        [nameof(CenterLossClassifier)] = n => new CenterLossClassifier(n),
        [nameof(ContrastiveCenterClassifier)] = n => new ContrastiveCenterClassifier(n),
        [nameof(PrototypeConformityClassifier)] = n => new PrototypeConformityClassifier(n),
        [nameof(TripletAdversarialClassifier)] = n => new TripletAdversarialClassifier(n, epsilon: 0.1),
        [nameof(DistilledClassifier)] = n => new DistilledClassifier(n),
        [nameof(LiftedStructureClassifier)] = n => new LiftedStructureClassifier(n),
        [nameof(AverageMarginClassifier)] = n => new AverageMarginClassifier(n),
        [nameof(MaxMahalanobisClassifier)] = n => new MaxMahalanobisClassifier(n),
        [nameof(GaussianSoftmaxClassifier)] = n => new GaussianSoftmaxClassifier(n),
        [nameof(DissectedSoftmaxClassifier)] = n => new DissectedSoftmaxClassifier(n),
        [nameof(NoBatchNormClassifier)] = n => new NoBatchNormClassifier(n),
        [nameof(FewShotClassifier)] = n => new FewShotClassifier(n, ways: 3, shots: 4, queries: 6),
        [nameof(EdgeClassifier)] = n => new EdgeClassifier(n),
        [nameof(EnsembleAdversarialClassifier)] = n => new EnsembleAdversarialClassifier(n) { Epsilon = 0.1 },
        [nameof(LbfgsPoolClassifier)] = n => new LbfgsPoolClassifier(n, epsilon: 1, poolSize: 10),
        [nameof(FgsmAdversarialClassifier)] = n => new FgsmAdversarialClassifier(n, epsilon: 0.1),
        [nameof(PgdAdversarialClassifier)] = n => new PgdAdversarialClassifier(n, epsilon: 0.1, steps: 3),
        [nameof(TradesClassifier)] = n => new TradesClassifier(n, epsilon: 0.1, steps: 3),
        [nameof(MartClassifier)] = n => new MartClassifier(n, epsilon: 0.1, steps: 3),
        [nameof(WeightPerturbedClassifier)] = n => new WeightPerturbedClassifier(n, epsilon: 0.1, steps: 3),
        [nameof(AdversarialLogitPairingClassifier)] =
            n => new AdversarialLogitPairingClassifier(n, epsilon: 0.1, steps: 3),
        [nameof(CleanLogitPairingClassifier)] = n => new CleanLogitPairingClassifier(n, deviation: 0.3, lambda: 0.01),
        [nameof(JacobianClassifier)] = n => new JacobianClassifier(n, lambda: 0.01),
        [nameof(SharedPerturbationClassifier)] = n => new SharedPerturbationClassifier(n, epsilon: 0.1, steps: 3),
        [nameof(StochasticPruningClassifier)] = n => new StochasticPruningClassifier(n),
        [nameof(DropoutClassifier)] = n => new DropoutClassifier(n, probability: 0.3, draws: 5),
        [nameof(IntervalBoundClassifier)] = n => new IntervalBoundClassifier(n, epsilon: 0.1),
        [nameof(SmoothedClassifier)] = n => new SmoothedClassifier(n, deviation: 0.1, copies: 15),
        [nameof(CrownIntervalBoundClassifier)] = n => new CrownIntervalBoundClassifier(n, epsilon: 0.1),
        [nameof(RandomModelClassifier)] = n => new RandomModelClassifier(n),
        [nameof(RandomCropClassifier)] = n => new RandomCropClassifier(n, crops: 5),
        [nameof(ThermometerAdversarialClassifier)] =
            n => new ThermometerAdversarialClassifier(n, epsilon: 0.1, levels: 4, steps: 2),
        [nameof(BayesianUncertaintyDetector)] = n => new BayesianUncertaintyDetector(n) { Epsilon = 0.2 },
        [nameof(KernelDensityDetector)] = n => new KernelDensityDetector(n) { Epsilon = 0.2 },
        [nameof(MahalanobisDetector)] = n => new MahalanobisDetector(n) { Epsilon = 0.2 },
        [nameof(LocalIntrinsicDimensionalityDetector)] =
            n => new LocalIntrinsicDimensionalityDetector(n, references: 30, neighbors: 10) { Epsilon = 0.2 },
        [nameof(PrincipalComponentsDetector)] =
            n => new PrincipalComponentsDetector(n, pixels: Bars.Size * Bars.Size) { Epsilon = 0.2 },
        [nameof(FeatureSqueezingDetector)] = n => new FeatureSqueezingDetector(n),
        [nameof(DropoutUncertaintyDetector)] = n => new DropoutUncertaintyDetector(n) { Epsilon = 0.2 },
        [nameof(MeanBlurDetector)] = n => new MeanBlurDetector(n),
        [nameof(BinaryClassifierDetector)] = n => new BinaryClassifierDetector(n) { Epsilon = 0.2 },
        [nameof(SubnetworkDetector)] = n => new SubnetworkDetector(n) { Epsilon = 0.2 },
        [nameof(AdversarialClassDetector)] = n => new AdversarialClassDetector(n) { Epsilon = 0.2 },
        [nameof(DimensionReductionDetector)] =
            n => new DimensionReductionDetector(n, pixels: Bars.Size * Bars.Size, components: 30),
        [nameof(FilterStatisticsDetector)] = n => new FilterStatisticsDetector(n) { Epsilon = 0.2 },
        [nameof(MaximumMeanDiscrepancyDetector)] =
            n => new MaximumMeanDiscrepancyDetector(n, pixels: Bars.Size * Bars.Size, references: 40)
            {
                Epsilon = 0.2,
            },
        [nameof(SpecialistsDetector)] = n => new SpecialistsDetector(n) { Epsilon = 0.2 },
        [nameof(ReconstructionDetector)] = n => new ReconstructionDetector(n),
        [nameof(DenoisingAutoencoderTransform)] = _ => new DenoisingAutoencoderTransform(),
        [nameof(SparseCodingTransform)] = _ => new SparseCodingTransform(patch: 4, atoms: 32, lambda: 0.05, steps: 20),
        [nameof(QuiltingTransform)] = _ => new QuiltingTransform(patchCount: 50),
        [nameof(PixelDefendTransform)] = _ => new PixelDefendTransform(levels: 16, reach: 2, width: 24),
        [nameof(DefenseGanTransform)] =
            _ => new DefenseGanTransform(1, Bars.Size, latent: 8, width: 32, restarts: 2, steps: 20),
        [nameof(DefenseGanDetector)] =
            _ => new DefenseGanDetector(1, Bars.Size, latent: 8, width: 32, restarts: 2, steps: 20),
    };

    public static TheoryData<string> Names => [.. makers.Keys];

    /// <summary>Those that are trained epoch by epoch, not in one go.</summary>
    public static TheoryData<string> InEpochs => [.. makers.Keys.Where(k => k != nameof(QuiltingTransform))];

    /// <summary>Those that learn of labels, not of images alone.</summary>
    public static TheoryData<string> OfLabels =>
    [
        .. makers.Keys.Where(k => !k.EndsWith("Transform", StringComparison.Ordinal)
            && k != nameof(DefenseGanDetector)),
    ];

    public static TheoryData<string> ClassifierNames =>
        [.. makers.Keys.Where(k => k.EndsWith("Classifier", StringComparison.Ordinal))];

    /// <summary>An untrained defense; the same seed gives the same weights.</summary>
    public static nn.Module<Tensor, Tensor> Make(string name, int seed = 1)
    {
        random.manual_seed(seed);
        return (nn.Module<Tensor, Tensor>)makers[name](Bars.Networks);
    }
}
