using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Pairs;

/// <summary>Any shipped loss trains any shipped network on images that any shipped perturbation perturbs.</summary>
public sealed class AnyPairTests : IDisposable
{
    static readonly Dictionary<Type, Func<TrainingLoss>> losses = new()
    {
        [typeof(CrossEntropy)] = () => new CrossEntropy(),
        [typeof(LinearHeadLoss)] = () => new LinearHeadLoss(),
        [typeof(DistillationLoss)] = () => new DistillationLoss(),
        [typeof(GaussianSoftmaxLoss)] = () => new GaussianSoftmaxLoss(),
        [typeof(DissectedSoftmaxLoss)] = () => new DissectedSoftmaxLoss(),
        [typeof(MaxMahalanobisLoss)] = () => new MaxMahalanobisLoss(),
        [typeof(CenterLoss)] = () => new CrossEntropy() + 0.03 * new CenterLoss(),
        [typeof(ContrastiveCenterLoss)] = () => new CrossEntropy() + 0.1 * new ContrastiveCenterLoss(),
        [typeof(PrototypeProximityLoss)] = () => new CrossEntropy() + 0.01 * new PrototypeProximityLoss(),
        [typeof(PrototypeContrastLoss)] = () => new CrossEntropy() + 0.01 * new PrototypeContrastLoss(),
        [typeof(TripletLoss)] = () => new CrossEntropy() + 0.5 * new TripletLoss(),
        [typeof(LiftedStructureLoss)] = () => new CrossEntropy() + 0.1 * new LiftedStructureLoss(),
        [typeof(AverageMarginLoss)] = () => new CrossEntropy() + 0.1 * new AverageMarginLoss(),
        [typeof(BoostedCrossEntropy)] = () => new BoostedCrossEntropy(),
        [typeof(CleanDivergence)] = () => new CrossEntropy().OnClean() + 6 * new CleanDivergence(),
        [typeof(MisclassifiedDivergence)] = () => new BoostedCrossEntropy() + 5 * new MisclassifiedDivergence(),
        [typeof(LogitPairing)] = () => new CrossEntropy() + 0.5 * new LogitPairing(),
        [typeof(RandomLogitPairing)] = () => new CrossEntropy() + 0.5 * new RandomLogitPairing(),
        [typeof(JacobianNorm)] = () => new CrossEntropy() + 0.1 * new JacobianNorm(),
        [typeof(ProjectedJacobianNorm)] = () => new CrossEntropy() + 0.1 * new ProjectedJacobianNorm(),
    };

    static readonly Dictionary<Type, Func<LabeledImages, Perturbation>> perturbations = new()
    {
        [typeof(FgsmPerturbation)] = _ => new FgsmPerturbation(0.1),
        [typeof(PgdPerturbation)] = _ => new PgdPerturbation(0.1, steps: 2),
        [typeof(GaussianPerturbation)] = _ => new GaussianPerturbation(0.1),
        [typeof(SharedPgdPerturbation)] = _ => new SharedPgdPerturbation(0.1, groups: 2, steps: 2),
        [typeof(CopiedPgdPerturbation)] = _ => new CopiedPgdPerturbation(0.1, groups: 2, steps: 2),
        [typeof(SharedNoise)] = _ => new SharedNoise(0.1, groups: 2),
        [typeof(HalfPerturbation)] = _ => new HalfPerturbation(new FgsmPerturbation(0.1)),
        [typeof(ShuffledPerturbation)] = _ => new ShuffledPerturbation(new FgsmPerturbation(0.1)),
        [typeof(SmoothedPgdPerturbation)] = _ => new SmoothedPgdPerturbation(deviation: 0.1, epsilon: 0.5, draws: 2),
        [typeof(AdversarialPool)] = images => new AdversarialPool(images, size: 4),
    };

    static readonly Dictionary<Type, INetworkFactory[]> networks = new()
    {
        [typeof(Mlp)] = [new MlpFactory(1, Bars.Size, Bars.Classes, 8, 6)],
        [typeof(SmallCnn)] =
        [
            Bars.Networks,
            new SmallCnnFactory(1, Bars.Size, Bars.Classes) { Normalization = Normalization.Batch },
        ],
        [typeof(ResNet18)] = [new ResNet18Factory(1, Bars.Size, Bars.Classes) { Width = 1.0 / 16 }],
        [typeof(PreActResNet18)] = [new PreActResNet18Factory(1, Bars.Size, Bars.Classes) { Width = 1.0 / 16 }],
        [typeof(WideResNet)] = [new WideResNetFactory(1, Bars.Size, Bars.Classes, depth: 10, widenFactor: 0.25)],
    };

    readonly string path = Path.Combine(Directory.CreateTempSubdirectory("ensembles").FullName, "run.safetensors");
    readonly LabeledImages images = Bars.Make(12, seed: 1);

    public void Dispose()
    {
        images.Dispose();
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void The_lists_are_complete()
    {
        Holds<TrainingLoss>(losses.Keys, except: [typeof(WeightedLoss)]);
        Holds<Perturbation>(perturbations.Keys);
        Holds<FeatureNetwork>(networks.Keys);

        static void Holds<T>(IEnumerable<Type> listed, params Type[] except) => Assert.Equal(
            typeof(NetworkClassifier).Assembly.GetExportedTypes()
                .Where(t => t.IsAssignableTo(typeof(T)) && !t.IsAbstract).Except(except).OrderBy(t => t.Name),
            listed.OrderBy(t => t.Name));
    }

    /// <summary>Those that say so, and no others, make do with logits, their own and those of clean images.</summary>
    [Fact]
    public void Losses_of_logits_say_so()
    {
        using var scope = NewDisposeScope();
        using var network = Bars.Networks.Create();
        var labels = tensor(new long[] { 0, 1, 2, 0 });
        foreach (var (type, make) in losses)
        {
            using var loss = make();
            loss.Build(network);
            Assert.True(loss.IsOfLogits == MakesDo(loss), type.Name);
        }

        bool MakesDo(TrainingLoss loss)
        {
            var clean = LossContext.OfLogits(zeros(4, 1, Bars.Size, Bars.Size), randn(4, Bars.Classes), labels);
            var logits = randn(4, Bars.Classes).requires_grad_();
            try
            {
                loss.Of((clean with { Logits = logits }).WithClean(() => clean)).backward();
                return logits.grad is not null;
            }
            catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException)
            {
                return false;
            }
        }
    }

    public static TheoryData<string, string> LossesAndNetworks => Pairs(losses.Keys, networks.Keys);

    public static TheoryData<string, string> LossesAndPerturbations => Pairs(losses.Keys, perturbations.Keys);

    public static TheoryData<string, string> PerturbationsAndNetworks => Pairs(perturbations.Keys, networks.Keys);

    [Theory]
    [MemberData(nameof(LossesAndNetworks))]
    public void Any_loss_trains_any_network(string loss, string network)
    {
        foreach (var factory in Of(networks, network))
        {
            Trains(factory, Of(losses, loss), perturbation: null);
            Trains(factory, Of(losses, loss), new FgsmPerturbation(0.1));
        }
    }

    [Theory]
    [MemberData(nameof(LossesAndPerturbations))]
    public void Any_loss_trains_under_any_perturbation(string loss, string perturbation) =>
        Trains(Bars.Networks, Of(losses, loss), Of(perturbations, perturbation)(images));

    [Theory]
    [MemberData(nameof(PerturbationsAndNetworks))]
    public void Any_perturbation_trains_any_network(string perturbation, string network)
    {
        foreach (var factory in Of(networks, network))
            Trains(factory, () => new CrossEntropy(), Of(perturbations, perturbation)(images));
    }

    /// <summary>
    /// A step reaches every weight and leaves finite numbers, which a checkpoint gives back bit for bit.
    /// </summary>
    void Trains(INetworkFactory networks, Func<TrainingLoss> loss, Perturbation? perturbation)
    {
        using var owned = perturbation as IDisposable;
        File.Delete(path);
        manual_seed(1);
        using var trained = new Any(networks, loss()) { Perturbation = perturbation };
        trained.Train(images, new TrainingOptions { Epochs = 1, BatchSize = 12, CheckpointPath = path });

        var given = trained.Network.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad);
        // The network's own head has no part where the loss brings another.
        Assert.Equal(trained.Loss.Head is null ? 0 : 2, given.Count(g => g.Value is null || g.Value.IsInvalid));
        Assert.All(given.Values.OfType<Tensor>(), g => Assert.True(g.isfinite().all().item<bool>()));
        Assert.All(trained.state_dict(), t => Assert.True(t.Value.isfinite().all().item<bool>(), t.Key));
        manual_seed(2);
        using var loaded = new Any(networks, loss());
        Checkpoint.Load(loaded, path);
        TensorAssert.SameState(trained, loaded);
    }

    static T Of<T>(Dictionary<Type, T> listed, string name) => listed.Single(pair => pair.Key.Name == name).Value;

    static TheoryData<string, string> Pairs(IEnumerable<Type> first, IEnumerable<Type> second)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var a in first)
        {
            foreach (var b in second)
                pairs.Add(a.Name, b.Name);
        }

        return pairs;
    }

    sealed class Any(INetworkFactory networks, TrainingLoss loss) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = loss;

        public FeatureNetwork Network => modules().OfType<FeatureNetwork>().First();
    }
}
