namespace Ensembles.Attacks.Tests;

public class ApgdTargetedTests
{
    /// <summary>The authors' code leaves 76 of 512 images.</summary>
    [ParityFact]
    public void It_leaves_76() => Assert.InRange(Peers.Robust(new ApgdTargeted(), Parity.Network()), 73, 79);
}
