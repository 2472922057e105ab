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

    /// <summary>The median L2 distance of the images that were right, all of which the attack breaks.</summary>
    public static double MedianDistance(IAttack attack, int images = 512)
    {
        using var scope = NewDisposeScope();
        var (clean, labels) = Parity.Images();
        (clean, labels) = (clean.narrow(0, 0, images), labels.narrow(0, 0, images));
        using var result = attack.Run(Parity.Network(), clean, labels, ThreatModel.Unbounded(Norm.L2));
        Assert.All(result.Success, Assert.True);
        double[] distances = [.. result.Distance.Where(d => d > 0).Order()];
        return distances[distances.Length / 2];
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
