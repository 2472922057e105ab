using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class TotalVariationTests
{
    static Tensor Everywhere(Tensor images) => ones_like(images.narrow(1, 0, 1));

    /// <summary>Of two pixels 0 and 1 with lambda below a half each moves by lambda.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_pixels_move_towards_each_other_by_lambda(bool down)
    {
        using var scope = NewDisposeScope();
        using var transform = new TotalVariationTransform(lambda: 0.2, keep: 1, steps: 300);
        var image = tensor([0f, 1f]).view(1, 1, down ? 2 : 1, down ? 1 : 2);
        TensorAssert.Near(tensor([0.2f, 0.8f]).view_as(image), transform.call(image), 1e-4);
    }

    /// <summary>A dropped pixel takes what its neighbours have, whatever it was.</summary>
    [Fact]
    public void Dropped_pixels_are_filled_in()
    {
        using var scope = NewDisposeScope();
        using var transform = new TotalVariationTransform(lambda: 0.05, steps: 300);
        var image = full(1, 2, 5, 5, 0.4f);
        image[0, 0, 2, 2] = 1;
        var mask = Everywhere(image);
        mask[0, 0, 2, 2] = 0;
        TensorAssert.Near(full(1, 2, 5, 5, 0.4f), transform.Minimize(image, mask), 1e-3);
    }

    [Fact]
    public void The_objective_falls_to_its_minimum()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var images = rand(4, 2, 10, 9);
        var mask = rand(4, 1, 10, 9).lt(0.5).to_type(ScalarType.Float32);
        var objective = new[] { 5, 20, 80, 400 }
            .Select(steps => new TotalVariationTransform(0.1, 0.5, steps))
            .Select(t => t.Objective(t.Minimize(images, mask), images, mask).sum().item<float>()).ToArray();
        Assert.Equal(objective.OrderDescending(), objective);

        using var transform = new TotalVariationTransform(0.1, 0.5, 400);
        var z = transform.Minimize(images, mask);
        var least = transform.Objective(z, images, mask);
        Assert.True(least.le(transform.Objective(images, images, mask)).all().item<bool>());
        // Nothing near it is lower.
        for (var i = 0; i < 20; i++)
            Assert.True(least.le(
                transform.Objective(z + (randn_like(z) * 0.01), images, mask) + 1e-4).all().item<bool>());
    }

    [Fact]
    public void Without_a_mask_nothing_is_random_and_the_variation_falls()
    {
        using var scope = NewDisposeScope();
        using var transform = new TotalVariationTransform(0.1, keep: 1);
        var images = rand(4, 3, 8, 8);
        var z = transform.call(images);
        Assert.True(z.Equals(transform.call(images)));
        Assert.True(Variation(z).lt(Variation(images) / 2).all().item<bool>());

        static Tensor Variation(Tensor images) =>
            images.diff(1, 2).abs().sum([1, 2, 3]) + images.diff(1, 3).abs().sum([1, 2, 3]);
    }

    /// <summary>
    /// ART stops after ten steps on a sum of other norms, so only what is minimised here can be compared: it is lower
    /// than at ART's result, on each of its images.
    /// </summary>
    [ParityFact]
    public void The_minimum_is_below_the_result_of_ART()
    {
        using var scope = NewDisposeScope();
        var images = Parity.Floats("x512_f32le.bin", 512, 1, 28, 28).narrow(0, 0, 8);
        var golden = Parity.Floats("goldens/art.tvm.l2.bin", 8, 28, 28, 1).permute(0, 3, 1, 2);
        var mask = Everywhere(images);
        foreach (var lambda in new[] { 0.03, 0.1, 0.3 })
        {
            using var transform = new TotalVariationTransform(lambda, keep: 1);
            var ours = transform.Objective(transform.call(images), images, mask);
            Assert.True(ours.lt(transform.Objective(golden, images, mask)).all().item<bool>(), $"{lambda}");
        }
    }

    [Fact]
    public void Each_image_has_a_mask_that_the_seed_repeats()
    {
        using var scope = NewDisposeScope();
        using var transform = new TotalVariationTransform(steps: 5);
        var images = rand(1, 3, 8, 8).repeat(3, 1, 1, 1);
        random.manual_seed(3);
        var first = transform.call(images);
        random.manual_seed(3);
        Assert.True(first.Equals(transform.call(images)));
        Assert.False(first.Equals(transform.call(images)));
        Assert.False(first[0].Equals(first[1]));
    }

    [Fact]
    public void Falls_to_an_attack_that_takes_it_for_the_identity_and_averages_over_draws()
    {
        random.manual_seed(1);
        var (clean, robust) = BehindTransform.Of(
            new TotalVariationTransform(steps: 30) { EotSamples = 4 }, epsilon: 0.3);

        Assert.InRange(clean, 0.75, 1);
        Assert.InRange(robust, 0, 0.1);
    }

    [Fact]
    public void Impossible_numbers_and_other_shapes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TotalVariationTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TotalVariationTransform(0.1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TotalVariationTransform(0.1, 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TotalVariationTransform(0.1, 0.5, 0));
        Assert.Throws<ArgumentException>(() => new TotalVariationTransform().call(zeros(8, 8)));
    }
}
