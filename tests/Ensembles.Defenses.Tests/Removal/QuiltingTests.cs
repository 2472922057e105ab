using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Removal;

public class QuiltingTests
{
    static readonly TrainingOptions run = new() { Seed = 1 };

    static LabeledImages Of(Tensor images) => new(images, zeros(images.size(0), dtype: ScalarType.Int64), 1);

    static Tensor Base(QuiltingTransform transform) => transform.buffers().Single();

    /// <summary>Of its own patches an image is quilted as it is, whatever the seams.</summary>
    [Theory]
    [InlineData(1, 5, 2, 11, 11)]
    [InlineData(3, 4, 1, 10, 7)]
    [InlineData(2, 3, 2, 3, 5)]
    public void An_image_is_quilted_of_its_own_patches_as_it_is(
        int channels, int patch, int overlap, int height, int width)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var image = rand(1, channels, height, width);
        var own = functional.unfold(image, (patch, patch))[0].t();
        using var transform = new QuiltingTransform(channels, patch, overlap, 1, (int)own.size(0));
        Base(transform).copy_(own);
        TensorAssert.Near(image, transform.call(image), 1e-5);
    }

    /// <summary>
    /// By hand: white patches of 3 over black ones of 3 that overlap by 1 cover the overlap, since the seam's pixel is
    /// the new patch's; the first patch lies under the others.
    /// </summary>
    [Fact]
    public void Later_patches_cover_earlier_ones_up_to_the_seam()
    {
        using var scope = NewDisposeScope();
        using var transform = new QuiltingTransform(1, patch: 3, overlap: 1, neighbors: 1, patchCount: 2);
        Base(transform).copy_(stack([zeros(9), ones(9)]));
        var image = arange(5).ge(3).to_type(ScalarType.Float32).view(1, 1, 1, 5).repeat(1, 1, 3, 1);
        var quilt = transform.call(image);
        Assert.Equal([0, 0, 1, 1, 1], quilt[0, 0, 1].data<float>().ToArray());
    }

    /// <summary>
    /// Where two patches overlap by two columns and agree in one of them, row by row another, the seam goes there, and
    /// nothing is seen of the disagreement.
    /// </summary>
    [Fact]
    public void The_seam_goes_where_patches_agree()
    {
        using var scope = NewDisposeScope();
        // Two patches of 2x2 side by side, overlapping in all but a column: [a b] and [b' c].
        var first = tensor([0.1f, 0.5f, 0.2f, 0.1f, 0.6f, 0.9f, 0.1f, 0.5f, 0.3f]);
        var second = tensor([0.5f, 0.9f, 0.4f, 0.1f, 0.9f, 0.4f, 0.5f, 0.0f, 0.4f]);
        using var transform = new QuiltingTransform(1, patch: 3, overlap: 2, neighbors: 1, patchCount: 2);
        Base(transform).copy_(stack([first, second]));
        // The image's first patch is exactly the first; its second is nearer to the second.
        var image = zeros(1, 1, 3, 4);
        image.narrow(3, 0, 3).copy_(first.view(1, 1, 3, 3));
        image.narrow(3, 3, 1).fill_(0.4f);
        var quilt = transform.call(image)[0, 0];

        // Columns 1 and 2 are shared. The seam's pixels: row 0 column 1 (both 0.5), row 1 column 2 (both 0.9), row 2
        // column 1 (both 0.5). From there on the second patch lies.
        var expected = tensor([0.1f, 0.5f, 0.9f, 0.4f, 0.1f, 0.6f, 0.9f, 0.4f, 0.1f, 0.5f, 0f, 0.4f]);
        TensorAssert.Near(expected.view(3, 4), quilt, 1e-6);
    }

    [Fact]
    public void The_base_is_of_patches_of_the_images_and_follows_from_the_seed()
    {
        using var scope = NewDisposeScope();
        using var images = Of(arange(6 * 64, dtype: ScalarType.Float32).view(6, 1, 8, 8) / (6 * 64));
        QuiltingTransform Trained(TrainingOptions options)
        {
            var transform = new QuiltingTransform(patchCount: 40);
            transform.Train(images, options);
            return transform;
        }

        var (first, second) = (Trained(run), Trained(run));
        TensorAssert.SameState(first, second);
        Assert.False(Base(first).Equals(Base(Trained(run with { Seed = 2 }))));
        var all = functional.unfold(images.Images, (5, 5)).transpose(1, 2).reshape(-1, 25);
        Assert.True(Base(first).unsqueeze(1).eq(all).all(2).any(1).all().item<bool>());
        // All pixels differ, so rows that are the same are the same place; of 96 places 40 draws meet at least 20.
        Assert.InRange(Base(first).select(1, 0).unique().output.size(0), 20, 40);

        using var behind = new QuiltingTransform(patchCount: 40);
        behind.Train(images, run with { Front = new BitDepthTransform(1) });
        Assert.True((Base(behind).eq(0) | Base(behind).eq(1)).all().item<bool>());
    }

    [Fact]
    public void A_finished_base_is_loaded_and_one_of_another_run_refused()
    {
        var folder = Directory.CreateTempSubdirectory("ensembles").FullName;
        try
        {
            using var images = Bars.Make(30, seed: 1);
            var kept = run with { CheckpointPath = Path.Combine(folder, "quilting.safetensors") };
            using var trained = new QuiltingTransform(patchCount: 50);
            trained.Train(images, kept);
            using var again = new QuiltingTransform(patchCount: 50);
            random.manual_seed(5);
            using var before = random.get_rng_state();
            again.Train(images, kept);
            TensorAssert.SameState(trained, again);
            Assert.True(before.Equals(random.get_rng_state()));

            var message = Assert.Throws<InvalidOperationException>(
                () => again.Train(images, kept with { Seed = 2 })).Message;
            Assert.Contains("Options.Seed", message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Each_image_has_draws_that_the_seed_repeats()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(30, seed: 1);
        using var transform = new QuiltingTransform(patchCount: 500);
        transform.Train(images, run);
        var same = images.Images.narrow(0, 0, 1).repeat(4, 1, 1, 1);
        random.manual_seed(3);
        var first = transform.call(same);
        random.manual_seed(3);
        Assert.True(first.Equals(transform.call(same)));
        Assert.False(first.Equals(transform.call(same)));
        Assert.False(first[0].Equals(first[1]));
    }

    /// <summary>
    /// Bars are brighter than 0.6 and all else is black, so that up to 0.3 the nearest patches are those of the clean
    /// image, whatever the attack; beyond, it falls.
    /// </summary>
    [Fact]
    public void Falls_to_an_attack_that_takes_it_for_the_identity_and_averages_over_draws()
    {
        using var images = Bars.Make(200, seed: 1);
        using var transform = new QuiltingTransform(neighbors: 3, patchCount: 1000) { EotSamples = 3 };
        transform.Train(images, run);
        random.manual_seed(1);
        var (clean, robust) = BehindTransform.Of(transform, epsilon: 0.4);

        Assert.InRange(clean, 0.85, 1);
        Assert.InRange(robust, 0, 0.1);
    }

    [Fact]
    public void Impossible_numbers_and_images_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new QuiltingTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new QuiltingTransform(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new QuiltingTransform(1, 5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new QuiltingTransform(1, 5, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new QuiltingTransform(neighbors: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new QuiltingTransform(neighbors: 10, patchCount: 9));
        using var transform = new QuiltingTransform(patchCount: 20);
        Assert.Contains("have 3", Assert.Throws<ArgumentException>(() => transform.call(zeros(1, 3, 8, 8))).Message);
        using var small = Of(zeros(3, 1, 4, 8));
        Assert.Contains("5x5", Assert.Throws<ArgumentException>(() => transform.Train(small, run)).Message);
    }
}
