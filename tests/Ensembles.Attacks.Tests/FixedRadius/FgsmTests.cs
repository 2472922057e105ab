using CsCheck;

namespace Ensembles.Attacks.Tests;

public class FgsmTests
{
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void Fgsm_moves_the_margin_by_epsilon_times_the_dual_norm(Norm norm) =>
        LinearMargin.Directions.Sample(
            w => LinearMargin.MovesAllTheWay(new Fgsm(), w, norm, 1e-5), iter: 30, threads: 1);

    /// <summary>
    /// Exactly 147 where libtorch adds with AVX2, as on the peers' machine; with AVX-512 it adds in another order, the
    /// error of a saturated softmax rounds to zero on other images, and 149 are left.
    /// </summary>
    [ParityFact]
    public void Fgsm_leaves_147() =>
        Assert.InRange(Peers.Robust(new Fgsm { Loss = AttackLoss.CrossEntropy }, Parity.Network()), 145, 149);

    [ParityFact]
    public void Fgsm_on_the_margin_leaves_126() => Assert.Equal(126, Peers.Robust(new Fgsm(), Parity.Network()));
}
