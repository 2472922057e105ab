namespace Ensembles.Attacks.Tests;

public class FmnTests
{
    [ParityFact]
    public void Fmn_is_as_near_as_the_best_of_the_peers() =>
        Assert.InRange(Peers.MedianDistance(new Fmn()), 0.9661 * 0.97, 0.9661 * 1.01);
}
