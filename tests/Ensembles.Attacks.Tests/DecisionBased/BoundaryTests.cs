namespace Ensembles.Attacks.Tests;

public class BoundaryTests
{
    [Fact]
    public void Boundary_comes_near_the_boundary() =>
        Boundaries.ComesNear(
            [.. new[] { 1, 100, 250, 500 }.Select(steps => new Boundary { Steps = steps })], Norm.L2, 1.25);
}
