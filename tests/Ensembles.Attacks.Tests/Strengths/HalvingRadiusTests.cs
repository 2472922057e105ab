using Ensembles.Tests;
using Ensembles.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>The scale of a perturbation, on linear models whose answers are known.</summary>
public sealed class HalvingRadiusTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly LabeledImages images = Halves.Images();

    public void Dispose()
    {
        images.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void One_step_moves_a_linear_margin_by_epsilon_times_the_l1_norm_of_its_weights()
    {
        var directions = HalvingRadius.Descents(Brightness.Left, images.Images, images.Labels);
        var before = Margins.Lead(Brightness.Left.call(images.Images), images.Labels);
        using var ball = HalvingRadius.Linf(0.1);
        var stepped = ball.Step(images.Images, directions, 0.1, images.Images);
        var after = Margins.Lead(Brightness.Left.call(stepped), images.Labels);
        // |w|_1 = 2 scale = 20
        Assert.True((before - after).allclose(full(Halves.Count, 2f), atol: 1e-4));
        Assert.True(directions.narrow(3, 2, 2).eq(0).all().item<bool>(), "pixels the classifier does not look at stay");
    }

    [Fact]
    public void The_halving_epsilon_is_the_median_distance_to_the_boundary()
    {
        var directions = HalvingRadius.Descents(Brightness.Left, images.Images, images.Labels);
        Assert.Equal(0.15, HalvingRadius.Of(Brightness.Left, images, directions), 1.5e-3);
    }
}
