using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Masking;

public class RandomPlaceTests
{
    /// <summary>Placing a side is interpolating and padding, of a whole image or of a part.</summary>
    [Theory]
    [InlineData(0, 12, 2, 9, 12)]
    [InlineData(0, 12, 1, 14, 16)]
    [InlineData(3, 7, 0, 12, 12)]
    public void Placing_is_interpolating_and_padding(int start, int length, int offset, int side, int canvas)
    {
        using var scope = NewDisposeScope();
        var images = rand(2, 3, 12, 12);
        var part = images.narrow(2, start, length).narrow(3, start, length);
        var scaled = functional.interpolate(
            part, [side, side], mode: InterpolationMode.Bilinear, align_corners: false);
        var after = canvas - side - offset;
        var expected = functional.pad(scaled, [offset, after, offset, after]);

        var placed = new PlacedSide(All(start), All(length), All(offset), All(side));
        TensorAssert.Near(expected, PlacedSide.Place(images, placed, placed, canvas, canvas), 1e-5);

        static Tensor All(int number) => full(2, (float)number);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 3)]
    [InlineData(2, 2)]
    public void Sides_and_places_are_drawn_from_all_that_fit(int shrink, int growth)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var transform = new RandomResizePadTransform(shrink, growth);
        // Of white images what is not black is where they lie.
        var placed = transform.call(ones(400, 1, 8, 8));
        Assert.Equal([400, 1, 8 + growth, 8 + growth], placed.shape);
        var (rows, columns) = (placed.amax([1, 3]).gt(0.5), placed.amax([1, 2]).gt(0.5));
        var (sides, widths) = (rows.sum(1), columns.sum(1));

        Assert.True(sides.Equals(widths));
        Assert.Equal(shrink + growth + 1, sides.unique().output.size(0));
        Assert.Equal(8 - shrink, sides.min().item<long>());
        Assert.Equal(8 + growth, sides.max().item<long>());
        var tops = rows.to_type(ScalarType.Float32).argmax(1);
        Assert.Equal(shrink + growth, tops.max().item<long>());
        Assert.Equal(0, tops.min().item<long>());
        // What lies there is the image: white everywhere inside.
        TensorAssert.Near((sides * widths).to_type(ScalarType.Float32), placed.sum([1, 2, 3]), 1e-3);
    }

    [Fact]
    public void Crops_are_parts_of_the_image_at_places_of_their_own()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var transform = new RandomCropTransform(0.5);
        // Rows count up, so a crop's mean says where it lies: 2, 3, .., 7 for parts of 5 of 10.
        var images = arange(10, dtype: ScalarType.Float32).view(1, 1, 10, 1).expand(300, 1, 10, 10);
        var cropped = transform.call(images);
        Assert.Equal(images.shape, cropped.shape);
        var middles = cropped.mean([1, 2, 3]);
        TensorAssert.Near(middles.round(), middles, 1e-3);
        Assert.Equal(6, middles.round().unique().output.size(0));
    }

    public static TheoryData<InputTransform> Random =>
        [new RandomResizePadTransform(3), new RandomCropTransform(0.75)];

    [Theory]
    [MemberData(nameof(Random))]
    public void Each_image_has_a_draw_that_the_seed_repeats(InputTransform transform)
    {
        using var scope = NewDisposeScope();
        var images = rand(1, 3, 9, 11).repeat(6, 1, 1, 1);
        random.manual_seed(7);
        var first = transform.call(images);
        random.manual_seed(7);
        Assert.True(first.Equals(transform.call(images)));
        Assert.False(first.Equals(transform.call(images)));
        Assert.False(first[0].Equals(first[1]) && first[0].Equals(first[2]) && first[0].Equals(first[3]));
    }

    [Fact]
    public void They_fall_to_gradients_averaged_over_draws()
    {
        foreach (InputTransform transform in new InputTransform[]
        {
            new RandomResizePadTransform(3) { EotSamples = 10 }, new RandomCropTransform(0.85) { EotSamples = 10 },
        })
        {
            random.manual_seed(1);
            var (clean, robust) = BehindTransform.Of(transform, epsilon: 0.3);

            Assert.InRange(clean, 0.75, 1);
            Assert.InRange(robust, 0, 0.1);
        }
    }

    [Fact]
    public void Impossible_numbers_and_images_that_are_too_small_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomResizePadTransform(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomResizePadTransform(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCropTransform(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomCropTransform(0));
        Assert.Contains("5x5", Assert.Throws<ArgumentException>(() =>
            new RandomResizePadTransform(4).call(zeros(1, 1, 4, 9))).Message);
        Assert.Throws<ArgumentException>(() => new RandomCropTransform().call(zeros(1, 1, 1, 9)));
        Assert.Throws<ArgumentException>(() => new RandomCropTransform().call(zeros(8, 8)));
    }
}
