using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class GaussianNoiseTests
{
    /// <summary>
    /// Noise has no direction: on a plane it breaks an image near the boundary, and none at the far end of the ball's
    /// reach, which takes a step along the gradient.
    /// </summary>
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void It_breaks_what_is_near_the_boundary_and_no_more(Norm norm)
    {
        using var scope = NewDisposeScope();
        float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];
        var reach = 0.2 * LinearMargin.DualNorm(w, norm);
        var success = new[] { 0.05, 0.95 }.Select(share => new GaussianNoise { Tries = 50 }
            .Run(
                LinearMargin.Network(w, lead: share * reach), full(1, 1, 3, 3, 0.5f), tensor(new[] { 0L }),
                new ThreatModel(norm, 0.2)).Success[0]);
        Assert.Equal([true, false], success);
    }
}
