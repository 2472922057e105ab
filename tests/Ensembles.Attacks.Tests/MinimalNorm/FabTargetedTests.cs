using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class FabTargetedTests
{
    /// <summary>
    /// The authors' APGD-T and FAB-T leave 76 and 78 of the parity network's 512 images: next to none that one breaks
    /// withstands the other.
    /// </summary>
    [ParityFact]
    public void It_leaves_hardly_more_than_apgd_t()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Parity.Images();
        (images, labels) = (images.narrow(0, 0, 100), labels.narrow(0, 0, 100));
        int Left(IAttack attack)
        {
            using var result = attack.Run(Parity.Network(), images, labels, new ThreatModel(Norm.Linf, 0.1));
            return result.Success.Count(success => !success);
        }
        Assert.InRange(Left(new FabTargeted { Targets = 4 }), 0, Left(new ApgdTargeted { Targets = 4 }) + 1);
    }

    /// <summary>With as many targets as there are wrong classes it finds what FAB finds on a linear network.</summary>
    [Fact]
    public void All_targets_together_find_the_nearest_boundary()
    {
        using var scope = NewDisposeScope();
        var (network, images) = (Samples.Linear(), Samples.Images(20));
        var labels = Samples.LabelsOf(network, images);
        using var fab = new Fab { Steps = 20 }.Run(network, images, labels, ThreatModel.Unbounded(Norm.L2));
        using var targeted =
            new FabTargeted { Steps = 20, Targets = 3 }.Run(network, images, labels, ThreatModel.Unbounded(Norm.L2));
        Assert.All(fab.Distance.Zip(targeted.Distance), pair => Assert.Equal(pair.First, pair.Second, 2e-3));
    }
}
