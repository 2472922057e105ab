namespace Ensembles.Attacks.Tests;

public class DdnTests
{
    [ParityFact]
    public void Ddn_is_as_near_as_the_peers() =>
        Assert.InRange(Peers.Median(Peers.DdnDistances(images: 512)), 0.9661 * 0.97, 0.9661 * 1.01);
}
