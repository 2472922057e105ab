using CsCheck;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class EdgeTests
{
    static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return rand(shape, generator: generator);
    }

    /// <summary>
    /// A step from 0 to 1 between the columns 2 and 3: |Gx| = 4 of at most 6 on both sides of it, Gy = 0.
    /// </summary>
    [Fact]
    public void A_vertical_step_has_edges_on_both_sides_and_nowhere_else()
    {
        using var scope = NewDisposeScope();
        using var transform = new EdgeTransform(0.2);
        var image = zeros(1, 1, 6, 6);
        image.narrow(3, 3, 3).fill_(1);
        var magnitude = zeros(1, 1, 6, 6);
        magnitude.narrow(3, 2, 2).fill_(4f / 6);
        TensorAssert.Near(magnitude, transform.Magnitude(image));
        TensorAssert.Near(magnitude.gt(0).to_type(ScalarType.Float32), transform.call(image), 0);
        TensorAssert.Near(transform.call(image).transpose(2, 3), transform.call(image.transpose(2, 3)), 0);
    }

    [Fact]
    public void The_magnitude_reaches_1_and_never_exceeds_it()
    {
        using var scope = NewDisposeScope();
        using var transform = new EdgeTransform(0.2);
        // 1 where Sx + Sy is positive, 0 where it is negative
        var corner = tensor(new float[,] { { 0, 0, 0.5f }, { 0, 0.5f, 1 }, { 0.5f, 1, 1 } }).view(1, 1, 3, 3);
        Assert.Equal(1, transform.Magnitude(corner)[0, 0, 1, 1].item<float>(), 1e-6);
        var binary = Random(1, 200, 1, 8, 8).round();
        Assert.True(transform.Magnitude(binary).max().item<float>() <= 1 + 1e-6);
    }

    [Fact]
    public void Edges_are_0_or_1_and_do_not_change_with_brightness()
    {
        using var scope = NewDisposeScope();
        using var transform = new EdgeTransform(0.2);
        var images = Random(2, 20, 1, 9, 9) * 0.5;
        var edges = transform.call(images);
        Assert.True((edges.eq(0) | edges.eq(1)).all().item<bool>());
        Assert.True(edges.eq(1).any().item<bool>() && edges.eq(0).any().item<bool>());
        // Brightness moves magnitudes by rounding only.
        var clear = (transform.Magnitude(images) - 0.2).abs().gt(1e-5);
        Assert.True(transform.call(images + 0.25).eq(edges)[clear].all().item<bool>());
    }

    [Fact]
    public void Channels_count_by_their_luma_and_all_see_the_same_edges()
    {
        using var scope = NewDisposeScope();
        using var transform = new EdgeTransform(0.2);
        var grey = Random(3, 4, 1, 8, 8);
        TensorAssert.Near(transform.Magnitude(grey), transform.Magnitude(grey.repeat(1, 3, 1, 1)));
        TensorAssert.Near(transform.Magnitude(grey), transform.Magnitude(grey.repeat(1, 2, 1, 1)));
        var colour = transform.call(Random(4, 4, 3, 8, 8));
        Assert.Equal([4, 3, 8, 8], colour.shape);
        Assert.True(colour.narrow(1, 0, 1).eq(colour).all().item<bool>());
    }

    /// <summary>The value is the step's, the gradient is the sigmoid's.</summary>
    [Fact]
    public void The_gradient_is_that_of_the_soft_edges()
    {
        using var scope = NewDisposeScope();
        using var transform = new EdgeTransform(0.2);
        var weights = Random(5, 2, 1, 8, 8);
        var (hard, soft) = (Random(6, 2, 1, 8, 8).requires_grad_(), Random(6, 2, 1, 8, 8).requires_grad_());
        var edges = transform.call(hard);
        Assert.True((edges.eq(0) | edges.eq(1)).all().item<bool>());
        (edges * weights).sum().backward();
        var above = (transform.Magnitude(soft) - transform.Threshold) / transform.Temperature;
        (above.sigmoid() * weights).sum().backward();
        TensorAssert.Near(soft.grad!, hard.grad!);
        Assert.True(hard.grad!.ne(0).to_type(ScalarType.Float32).mean().item<float>() > 0.9f);
    }

    [Fact]
    public void The_surrogate_nears_the_step_as_it_cools()
    {
        using var scope = NewDisposeScope();
        using var transform = new EdgeTransform(0.2) { Temperature = 1e-4 };
        var images = Random(7, 10, 1, 8, 8);
        var clear = (transform.Magnitude(images) - 0.2).abs().gt(2e-3);
        TensorAssert.Near(transform.call(images)[clear], transform.surrogate(images)[clear], 1e-6);
    }

    /// <summary>
    /// The proof: whatever stays in the ball and in [0, 1], from corners of the ball to gradient-led changes, flips no
    /// frozen pixel.
    /// </summary>
    [Fact]
    public void Frozen_pixels_never_flip() =>
        Gen.Select(
            Gen.Int[0, 10_000], Gen.Double[0.005, 0.15], Gen.Double[0.1, 0.6]).Sample((seed, epsilon, threshold) =>
        {
            using var scope = NewDisposeScope();
            using var transform = new EdgeTransform(threshold);
            var images = Random(seed, 8, 1, 9, 9).pow(seed % 3 == 0 ? 4 : 1);
            var edges = transform.call(images);
            var frozen = transform.FrozenPixels(images, epsilon);

            for (var i = 0; i < 40; i++)
            {
                var noise = Random(seed + i + 1, 8, 1, 9, 9);
                var delta = i % 2 == 0 ? (noise * 2) - 1 : (noise - 0.5).sign();
                AssertFrozen(delta * epsilon);
            }

            // Towards the threshold from both sides, the direction that flips what can be flipped.
            var input = images.detach().requires_grad_();
            var toEdge = where(edges.gt(0.5), -1f, 1f);
            (transform.Magnitude(input) * toEdge).sum().backward();
            AssertFrozen(input.grad!.sign() * epsilon);

            void AssertFrozen(Tensor delta)
            {
                using var inner = NewDisposeScope();
                var flipped = transform.call((images + delta).clamp(0, 1)).ne(edges);
                Assert.False(
                    (flipped & frozen).any().item<bool>(), $"seed {seed}, epsilon {epsilon}, threshold {threshold}");
            }
        }, threads: 1, iter: 40);

    /// <summary>The bound is not vacuous: on a step of full contrast it is tight to a few percent of epsilon.</summary>
    [Fact]
    public void The_bound_freezes_what_is_far_from_the_threshold_and_not_what_can_flip()
    {
        using var scope = NewDisposeScope();
        using var transform = new EdgeTransform(0.2);
        var image = zeros(1, 1, 6, 6);
        image.narrow(3, 3, 3).fill_(1);
        // Flat regions reach 6 epsilon / 6, the step falls to (4 - 8 epsilon) / 6: all frozen while epsilon < 0.2.
        Assert.True(transform.FrozenPixels(image, 0.19).all().item<bool>());
        var loose = transform.FrozenPixels(image, 0.21);
        Assert.False(loose[0, 0, 3, 0].item<bool>());
        Assert.True(loose[0, 0, 3, 2].item<bool>());
        // and at 0.21 a flat pixel does flip
        var attacked = image.clone();
        attacked[0, 0, 2, 1] = 0.21f;
        attacked[0, 0, 3, 1] = 0.21f;
        attacked[0, 0, 2, 2] = 0.21f;
        Assert.True(transform.Magnitude(attacked)[0, 0, 3, 0].item<float>() > 0);
        Assert.True(transform.FrozenPixels(image, 0).all().item<bool>());
    }

    /// <summary>Faint textures are gone: the edge network answers the same, whatever the texture.</summary>
    [Fact]
    public void A_texture_below_the_threshold_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(90, seed: 1);
        using var classifier = (EdgeClassifier)Trainables.Make(nameof(EdgeClassifier));
        classifier.Train(training, new TrainingOptions { Epochs = 1 });
        var rows = stack([.. Enumerable.Range(2, 8).Select(i => (arange(Bars.Size).ge(i) * 0.8) + 0.1)]);
        var images = rows.view(8, 1, 1, Bars.Size).repeat(1, 1, Bars.Size, 1);
        Assert.True(classifier.Transform.FrozenPixels(images, 0.05).all().item<bool>());
        var texture = (Random(9, 1, 1, Bars.Size, Bars.Size) - 0.5).sign() * 0.05;
        using var noGradient = no_grad();
        Assert.True(classifier.call(images + texture).Equals(classifier.call(images)));
        Assert.False(classifier.call(images).Equals(classifier.call(images.transpose(2, 3).contiguous())));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_threshold_outside_0_to_1_is_refused(double threshold) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new EdgeTransform(threshold));
}
