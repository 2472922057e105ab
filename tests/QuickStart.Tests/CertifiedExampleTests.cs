using Certified;
using Ensembles.Data;
using Ensembles.Training;
using static TorchSharp.torch;

namespace QuickStart.Tests;

public class CertifiedExampleTests
{
    [Fact]
    public void No_certified_share_is_above_what_attacks_leave_and_the_report_is_valid()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var data = new TextureShapes();
        var workflow = new Workflow(
            data.Generate(300, seed: 1), data.Generate(20, seed: 2), new MlpFactory(1, 28, 10, 32), epochs: 12);
        using var ensemble = workflow.Train();
        var result = workflow.Run(ensemble).Whole;

        Assert.Empty(result.Refuted);
        Assert.NotNull(result.Certified);
        double[] radii = [0, .. Workflow.Radii, Workflow.Radius];
        foreach (var radius in radii)
            Assert.True(result.Certified.At(radius).Value <= result.At(radius).Lenient.Value, $"{radius}");
        Assert.True(result.Certified.At(Workflow.Radii[0]).Value > 0.1);
    }
}
