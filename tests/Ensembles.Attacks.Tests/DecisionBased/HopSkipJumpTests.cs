namespace Ensembles.Attacks.Tests;

public class HopSkipJumpTests
{
    /// <summary>
    /// On a linear classifier of 64 pixels the boundary is at a known distance: HopSkipJump ends within 1.1 of it under
    /// L2 and 1.25 under Linf, Boundary within 1.25. More steps begin with the same ones, so they never end farther
    /// away.
    /// </summary>
    [Theory]
    [InlineData(Norm.L2, 1.1)]
    [InlineData(Norm.Linf, 1.25)]
    public void HopSkipJump_comes_near_the_boundary(Norm norm, double factor) =>
        Boundaries.ComesNear(
            [.. new[] { 1, 2, 4, 8, 10 }.Select(steps => new HopSkipJump { Steps = steps, FirstQueries = 50 })], norm,
            factor);
}
