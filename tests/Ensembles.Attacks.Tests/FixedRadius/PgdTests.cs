using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class PgdTests
{
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void Pgd_moves_the_margin_by_epsilon_times_the_dual_norm(Norm norm) =>
        LinearMargin.Directions.Sample(
            w => LinearMargin.MovesAllTheWay(new Pgd { Steps = 20 }, w, norm, 0.02), iter: 10, threads: 1);

    [ParityFact]
    public void Clean_count_is_the_peers()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Parity.Images();
        using var _ = no_grad();
        Assert.Equal(505, Parity.Network().call(images).argmax(1).eq(labels).sum().item<long>());
    }

    [ParityFact]
    public void Pgd_leaves_83() => Assert.InRange(Peers.Robust(Peers.Pgd, Parity.Network()), 82, 84);

    [ParityFact]
    public void Pgd_from_a_random_start_leaves_82() =>
        Assert.InRange(Peers.Robust(Peers.Pgd with { RandomStart = true }, Parity.Network()), 79, 85);

    [ParityFact]
    public void Three_bits_with_a_surrogate_leave_18() =>
        Assert.InRange(Peers.Robust(Peers.Pgd, new Behind(new StraightThroughBitDepth(3), Parity.Network())), 15, 21);

    [ParityFact]
    public void Three_bits_without_a_surrogate_raise() =>
        Assert.Throws<ZeroGradientException>(
            () => Peers.Robust(Peers.Pgd, new Behind(new BitDepth(3), Parity.Network())));

    [ParityFact]
    public void Median_with_a_surrogate_leaves_91() =>
        Assert.InRange(Peers.Robust(Peers.Pgd, new Behind(new Median3(), Parity.Network())), 88, 94);
}
