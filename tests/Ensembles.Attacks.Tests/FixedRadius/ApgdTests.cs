namespace Ensembles.Attacks.Tests;

public class ApgdTests
{
    [Fact]
    public void Checkpoints_come_ever_sooner() =>
        Assert.Equal([22, 41, 57, 70, 80, 87, 93, 99], AutoStep.Checkpoints(100));

    [ParityFact]
    public void Apgd_on_cross_entropy_leaves_76() =>
        Assert.InRange(Peers.Robust(new Apgd { Restarts = 5 }, Parity.Network()), 73, 79);
}
