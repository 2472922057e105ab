using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class BimTests
{
    /// <summary>
    /// BIM is PGD from the clean image with equal steps of 2.5 epsilon / T: the same images, bit for bit.
    /// </summary>
    [Theory]
    [InlineData(Norm.Linf, 0.1)]
    [InlineData(Norm.L2, 0.3)]
    public void It_is_pgd_from_the_clean_image_with_equal_steps(Norm norm, double epsilon)
    {
        using var scope = NewDisposeScope();
        var (network, images) = (Samples.Linear(), Samples.Images(20));
        var labels = Samples.LabelsOf(network, images);
        var threat = new ThreatModel(norm, epsilon);
        using var bim = new Bim { Steps = 5 }.Run(network, images, labels, threat);
        var pgd = new Pgd { Steps = 5, StepSize = epsilon / 2, RandomStart = false };
        using var same = pgd.Run(network, images, labels, threat);
        Assert.Equal(Samples.Floats(same.Images), Samples.Floats(bim.Images));
        Assert.Equal(same.Success, bim.Success);
        Assert.Contains(true, bim.Success);
    }

    /// <summary>Draws nothing, so that no seed changes anything.</summary>
    [Fact]
    public void No_seed_changes_anything()
    {
        using var scope = NewDisposeScope();
        var (network, images) = (Samples.Linear(), Samples.Images(20));
        var labels = Samples.LabelsOf(network, images);
        float[] Run(int seed)
        {
            using var result = new Bim().Run(
                network, images, labels, new ThreatModel(Norm.Linf, 0.1), new AttackOptions { Seed = seed });
            return Samples.Floats(result.Images);
        }
        Assert.Equal(Run(1), Run(2));
    }
}
