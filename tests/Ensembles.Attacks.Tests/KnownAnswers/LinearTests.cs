using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// On a linear classifier the best perturbation is known: the margin w x + b falls by eps times the dual norm of w,
/// ||w||_1 under Linf, ||w||_2 under L2 and ||w||_inf under L1, and not by more.
/// </summary>
public class LinearTests
{
    /// <summary>Just inside the reach and just outside it.</summary>
    [Theory]
    [MemberData(nameof(Attacks.Reaching), MemberType = typeof(Attacks))]
    public void Success_ends_where_the_reach_ends(string attack)
    {
        foreach (var norm in Attacks.Named(attack).Norms)
        {
            using var scope = NewDisposeScope();
            float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];
            var reach = 0.2 * LinearMargin.DualNorm(w, norm);
            var result = new[] { 0.97, 1.001 }.Select(share => Attacks.Named(attack)
                .Run(
                    LinearMargin.Network(w, lead: share * reach), full(1, 1, 3, 3, 0.5f), tensor(new[] { 0L }),
                    new ThreatModel(norm, 0.2)).Success[0]);
            Assert.Equal([true, false], result);
        }
    }
}
