using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>What members have in common and plans compute once.</summary>
public class SharingTests
{
    [Fact]
    public void Equal_transforms_are_computed_once()
    {
        manual_seed(2);
        var ensemble = new Handmade<MeanLogit>([new Transformed(3), new Transformed(5), new Transformed(3)]);
        ensemble.eval();
        foreach (var stackUpTo in new[] { 0, 64 })
        {
            using var plan = ensemble.Compile(Given.Options with { Choices = new(true, 64, stackUpTo) });
            using var images = Given.Images(6);
            PlanAssert.DecidesAlike(ensemble, plan, images);

            Coarse.Calls = 0;
            plan.Decide(images).Dispose();
            Assert.Equal(2, Coarse.Calls);
            Assert.Contains("computed once: Coarse for M0, M2", plan.ToString());
        }
    }

    [Fact]
    public void Copies_of_a_transform_whose_forward_was_read_are_computed_once()
    {
        manual_seed(2);
        var ensemble = new Handmade<MeanLogit>([new Sharpened(3), new Sharpened(5), new Sharpened(3)]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options with { Choices = new(true, 64, 0) });
        using var images = Given.Images(6);

        Assert.DoesNotContain("own forward", plan.ToString());
        Assert.Contains("computed once: the first 2 layers for M0, M2", plan.ToString());
        PlanAssert.DecidesAlike(ensemble, plan, images);
    }

    [Fact]
    public void First_layers_with_equal_weights_are_computed_once()
    {
        var ensemble = new Handmade<MeanLogit>(
        [
            Begun(1, ReLU()), Begun(2, Sigmoid()), new Layered(Given.SmallNetwork()), Begun(3, ReLU()),
            Begun(4, AvgPool2d(1), Sigmoid()),
        ]);
        ensemble.eval();
        foreach (var (channelsLast, stackUpTo) in new[] { (true, 64), (false, 0) })
        {
            using var plan = ensemble.Compile(Given.Options with { Choices = new(channelsLast, 64, stackUpTo) });
            using var images = Given.Images(6);

            Assert.Contains("computed once: the first 2 layers for M0, M3", plan.ToString());
            Assert.Contains("computed once: the first layer for M1, M4", plan.ToString());
            PlanAssert.DecidesAlike(ensemble, plan, images);
        }
    }

    [Fact]
    public void What_is_computed_once_is_not_written_into()
    {
        var ensemble = new Handmade<MeanLogit>([Begun(1, ReLU()), Begun(2, Sigmoid())]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(6);

        Assert.DoesNotContain("computed once", plan.ToString());
        PlanAssert.DecidesAlike(ensemble, plan, images);
    }

    /// <summary>A network that begins with a convolution of always the same weights.</summary>
    static Layered Begun(int seed, params Module<Tensor, Tensor>[] behind)
    {
        manual_seed(7);
        var first = Conv2d(2, 3, 3);
        manual_seed(seed);
        return new(Sequential([first, .. behind, Flatten(), Linear(300, Given.Classes)]));
    }
}
