namespace Ensembles.Attacks.Tests;

public class UniformNoiseTests
{
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void Noise_moves_it_less(Norm norm)
    {
        var w = Enumerable.Repeat(1f, LinearMargin.Pixels).ToArray();
        Assert.InRange(
            LinearMargin.Moved(new UniformNoise(), w, norm), 0.01, 0.95 * LinearMargin.DualNorm(w, norm) * 0.2);
        Assert.InRange(
            LinearMargin.Moved(new GaussianNoise(), w, norm), 0.01, 0.95 * LinearMargin.DualNorm(w, norm) * 0.2);
    }

    /// <summary>The best of the 512 corners, or of the 18 under L1, is one of 5000 tries.</summary>
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L1)]
    public void The_best_corner_moves_it_all_the_way(Norm norm)
    {
        float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -1.9f, 0.1f];
        LinearMargin.MovesAllTheWay(new UniformNoise { Tries = 5000, Corners = true }, w, norm, 1e-5);
    }
}
