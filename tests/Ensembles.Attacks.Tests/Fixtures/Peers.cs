using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// Counts of 512 images that five reference implementations agree on, one trained network. They are float32 counts of
/// the textbook losses. The longer attacks are in <c>benchmarks/Ensembles.Parity</c>.
/// </summary>
static class Peers
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.1);

    /// <summary>PGD as the peers ran it.</summary>
    public static Pgd Pgd { get; } = new() { StepSize = 0.01, RandomStart = false, Loss = AttackLoss.CrossEntropy };

    static readonly Lazy<double[]> ddn = new(() => Distances(new Ddn(), images: 512));

    /// <summary>What DDN needs for each of the first images; several facts compare with it.</summary>
    public static double[] DdnDistances(int images) => ddn.Value[..images];

    /// <summary>The median L2 distance of those of the first images that were right.</summary>
    public static double MedianDistance(IAttack attack, int images = 512) => Median(Distances(attack, images));

    /// <summary>The median of the distances of images that were right.</summary>
    public static double Median(double[] distances)
    {
        double[] right = [.. distances.Where(d => d > 0).Order()];
        return right[right.Length / 2];
    }

    // All of the images are broken.
    static double[] Distances(IAttack attack, int images)
    {
        using var scope = NewDisposeScope();
        var (clean, labels) = Parity.Images();
        (clean, labels) = (clean.narrow(0, 0, images), labels.narrow(0, 0, images));
        using var result = attack.Run(Parity.Network(), clean, labels, ThreatModel.Unbounded(Norm.L2));
        Assert.All(result.Success, Assert.True);
        return [.. result.Distance];
    }

    /// <summary>How many images an attack leaves standing, by the network's own word on those it returns.</summary>
    public static int Robust(IAttack attack, Module<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Parity.Images();
        using var result = attack.Run(network, images, labels, threat);
        using var _ = no_grad();
        var right = network.call(result.Images).argmax(1).eq(labels);
        Assert.Equal(right.data<bool>().ToArray(), result.Success.Select(s => !s));
        Assert.All(result.Distance, d => Assert.InRange(d, 0, 0.1));
        return (int)right.sum().item<long>();
    }
}
