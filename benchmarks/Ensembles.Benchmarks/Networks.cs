using Ensembles.Defenses;
using Ensembles.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Benchmarks;

/// <summary>A classifier that is a sequence of layers.</summary>
[Defense(Category.FeatureSeparation)]
public sealed class LayeredClassifier : Classifier, ILayered
{
    readonly Sequential network;

    public LayeredClassifier(Sequential network)
    {
        this.network = network;
        RegisterComponents();
    }

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

    public override Tensor forward(Tensor images) => network.call(images);

    /// <summary>Two 3x3 convolutions of 16 and 32 channels, pooling, a linear layer.</summary>
    public static LayeredClassifier WithoutNorm() => new(Sequential(
        Conv2d(1, 16, 3, padding: 1), ReLU(),
        Conv2d(16, 32, 3, padding: 1), ReLU(), MaxPool2d(2), Flatten(), Linear(32 * 14 * 14, 10)));

    /// <summary>The same with pooling behind each convolution: a quarter of the work.</summary>
    public static LayeredClassifier PooledTwice() => new(Sequential(
        Conv2d(1, 16, 3, padding: 1), ReLU(), MaxPool2d(2),
        Conv2d(16, 32, 3, padding: 1), ReLU(), MaxPool2d(2), Flatten(), Linear(32 * 7 * 7, 10)));

    /// <summary>The first with batch normalisation behind each convolution.</summary>
    public static LayeredClassifier WithNorm() => new(Sequential(
        Conv2d(1, 16, 3, padding: 1), BatchNorm2d(16), ReLU(),
        Conv2d(16, 32, 3, padding: 1), BatchNorm2d(32), ReLU(), MaxPool2d(2), Flatten(), Linear(32 * 14 * 14, 10)));
}

/// <summary>The same network as a user writes it who knows nothing of plans.</summary>
[Defense(Category.FeatureSeparation)]
public sealed class OwnForwardClassifier : Classifier
{
    readonly Conv2d conv1 = Conv2d(1, 16, 3, padding: 1);
    readonly Conv2d conv2 = Conv2d(16, 32, 3, padding: 1);
    readonly Linear head = Linear(32 * 14 * 14, 10);

    public OwnForwardClassifier() => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = functional.relu(conv1.call(images));
        x = functional.max_pool2d(functional.relu(conv2.call(x)), 2);
        return head.call(x.flatten(1)).MoveToOuterDisposeScope();
    }
}

/// <summary>Five members of one type, by mean probability.</summary>
[Ensemble<MeanProbability>]
public partial class FiveLayered
{
    [Member] public partial LayeredClassifier A { get; }
    [Member] public partial LayeredClassifier B { get; }
    [Member] public partial LayeredClassifier C { get; }
    [Member] public partial LayeredClassifier D { get; }
    [Member] public partial LayeredClassifier E { get; }
}

/// <summary>Five shipped networks.</summary>
[Ensemble<MeanProbability>]
public partial class FiveShipped
{
    [Member] public partial UndefendedClassifier A { get; }
    [Member] public partial UndefendedClassifier B { get; }
    [Member] public partial UndefendedClassifier C { get; }
    [Member] public partial UndefendedClassifier D { get; }
    [Member] public partial UndefendedClassifier E { get; }
}

/// <summary>Five members with a forward of their own.</summary>
[Ensemble<MeanProbability>]
public partial class FiveOwnForwards
{
    [Member] public partial OwnForwardClassifier A { get; }
    [Member] public partial OwnForwardClassifier B { get; }
    [Member] public partial OwnForwardClassifier C { get; }
    [Member] public partial OwnForwardClassifier D { get; }
    [Member] public partial OwnForwardClassifier E { get; }
}

/// <summary>The ensembles that are measured.</summary>
static class Given
{
    public static readonly (string Name, Func<Ensemble> Make)[] Ensembles =
    [
        ("conv16-conv32-pool", () => Layered(LayeredClassifier.WithoutNorm)),
        ("conv16-conv32-pool, own forward", OwnForwards),
        ("conv16-norm-conv32-norm-pool", () => Layered(LayeredClassifier.WithNorm)),
        ("conv16-pool-conv32-pool", () => Layered(LayeredClassifier.PooledTwice)),
        ("the shipped SmallCnn", () => Shipped()),
    ];

    /// <summary>Five shipped networks for images of one channel.</summary>
    public static Ensemble Shipped(int imageSize = 28)
    {
        var networks = new SmallCnnFactory(1, imageSize, 10);
        return Evaluated(new FiveShipped(new(networks), new(networks), new(networks), new(networks), new(networks)));
    }

    static Ensemble Layered(Func<LayeredClassifier> member) =>
        Evaluated(new FiveLayered(member(), member(), member(), member(), member()));

    static Ensemble OwnForwards() => Evaluated(new FiveOwnForwards(new(), new(), new(), new(), new()));

    static Ensemble Evaluated(Ensemble ensemble)
    {
        ensemble.eval();
        return ensemble;
    }

    /// <summary>What a user writes by hand: the mean of the members' probabilities, and its argmax.</summary>
    public static void Loop(IReadOnlyList<Named<Classifier>> members, Tensor images)
    {
        using var scope = NewDisposeScope();
        var sum = members[0].Module.call(images).softmax(1);
        foreach (var member in members.Skip(1))
            sum = sum + member.Module.call(images).softmax(1);
        sum.argmax(1);
    }
}
