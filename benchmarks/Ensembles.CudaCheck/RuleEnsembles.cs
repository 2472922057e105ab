// Declared to try every rule, not to defend.
#pragma warning disable ENS0001, ENS0002, ENS0011, ENS0102

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.CudaCheck;

/// <summary>Three grey levels decide: a network so small that votes are close.</summary>
[Defense(Category.FeatureSeparation)]
public sealed class Weak : Classifier
{
    readonly Module<Tensor, Tensor> linear = Linear(28 * 28, 10);

    public Weak() => RegisterComponents();

    public override Tensor forward(Tensor images) => linear.call((images * 2).round().flatten(1));
}

/// <summary>Suspects bright images.</summary>
[Defense(Category.Detection)]
public sealed class Brightness() : Detector(nameof(Brightness))
{
    public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
}

[Ensemble<MeanProbability>]
public partial class ByMeanProbability
{
    [Gate(FalsePositiveRate = 0.2)] public partial Brightness Bright { get; }
    [Member] public partial Weak A { get; }
    [Member] public partial Weak B { get; }
    [Member] public partial Weak C { get; }
}

[Ensemble<MeanLogit>]
public partial class ByMeanLogit
{
    [Gate(FalsePositiveRate = 0.2)] public partial Brightness Bright { get; }
    [Member] public partial Weak A { get; }
    [Member] public partial Weak B { get; }
    [Member] public partial Weak C { get; }
}

[Ensemble<MedianLogit>]
public partial class ByMedianLogit
{
    [Gate(FalsePositiveRate = 0.2)] public partial Brightness Bright { get; }
    [Member] public partial Weak A { get; }
    [Member] public partial Weak B { get; }
    [Member] public partial Weak C { get; }
}

[Ensemble<MajorityVote>]
public partial class ByMajorityVote
{
    [Gate(FalsePositiveRate = 0.2)] public partial Brightness Bright { get; }
    [Member] public partial Weak A { get; }
    [Member] public partial Weak B { get; }
    [Member] public partial Weak C { get; }
}

[Ensemble<WeightedMean>]
public partial class ByWeightedMean
{
    [Gate(FalsePositiveRate = 0.2)] public partial Brightness Bright { get; }
    [Member(Weight = 3)] public partial Weak A { get; }
    [Member(Weight = 2)] public partial Weak B { get; }
    [Member] public partial Weak C { get; }
}

[Ensemble<MaxMin>]
public partial class ByMaxMin
{
    [Gate(FalsePositiveRate = 0.2)] public partial Brightness Bright { get; }
    [Member] public partial Weak A { get; }
    [Member] public partial Weak B { get; }
    [Member] public partial Weak C { get; }
}

[Ensemble<Product>]
public partial class ByProduct
{
    [Gate(FalsePositiveRate = 0.2)] public partial Brightness Bright { get; }
    [Member] public partial Weak A { get; }
    [Member] public partial Weak B { get; }
    [Member] public partial Weak C { get; }
}

[Ensemble<Quorum>(Quorum = 2)]
public partial class ByQuorum
{
    [Gate(FalsePositiveRate = 0.2)] public partial Brightness Bright { get; }
    [Member] public partial Weak A { get; }
    [Member] public partial Weak B { get; }
    [Member] public partial Weak C { get; }
}

/// <summary>An ensemble for each shipped rule.</summary>
static class RuleEnsembles
{
    public static IEnumerable<Ensemble> All()
    {
        yield return Ready(new ByMeanProbability(new(), new(), new(), new()));
        yield return Ready(new ByMeanLogit(new(), new(), new(), new()));
        yield return Ready(new ByMedianLogit(new(), new(), new(), new()));
        yield return Ready(new ByMajorityVote(new(), new(), new(), new()));
        yield return Ready(new ByWeightedMean(new(), new(), new(), new()));
        yield return Ready(new ByMaxMin(new(), new(), new(), new()));
        yield return Ready(new ByProduct(new(), new(), new(), new()));
        yield return Ready(new ByQuorum(new(), new(), new(), new()));
    }

    static Ensemble Ready(Ensemble ensemble)
    {
        ensemble.eval();
        using var images = rand(200, 1, 28, 28);
        ensemble.CalibrateGates(images);
        return ensemble;
    }
}
