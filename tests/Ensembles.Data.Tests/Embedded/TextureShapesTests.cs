using System.Security.Cryptography;
using static TorchSharp.torch;

namespace Ensembles.Data.Tests;

public class TextureShapesTests
{
    static readonly TextureShapes defaults = new();

    static byte[] Bytes(LabeledImages data) =>
        [.. data.Images.data<float>().ToArray().Select(v => (byte)Math.Round(255 * v))];

    static long[] Labels(LabeledImages data) => data.Labels.data<long>().ToArray();

    /// <summary>Changes with anything that decides a pixel; the same on every machine.</summary>
    [Fact]
    public void A_seed_gives_these_very_images()
    {
        using var data = defaults.Generate(200, seed: 1);
        var digest = SHA256.HashData([.. Bytes(data), .. Labels(data).Select(label => (byte)label)]);
        Assert.Equal("2f0b16585399a31f", Convert.ToHexStringLower(digest)[..16]);
    }

    [Fact]
    public void Pixels_are_whole_multiples_of_one_255th()
    {
        using var data = defaults.Generate(50, seed: 3);
        Assert.All(data.Images.data<float>().ToArray(), v => Assert.Equal((float)(Math.Round(v * 255.0) / 255), v));
    }

    [Fact]
    public void Fewer_images_are_the_first_of_more()
    {
        using var few = defaults.Generate(37, seed: 5);
        using var more = defaults.Generate(90, seed: 5);
        using var start = more.Take(37);
        Assert.True(few.Images.Equals(start.Images));
        Assert.True(few.Labels.Equals(start.Labels));
    }

    [Fact]
    public void Other_seeds_give_other_images()
    {
        using var one = defaults.Generate(20, seed: 1);
        using var two = defaults.Generate(20, seed: 2);
        Assert.NotEqual(Labels(one), Labels(two));
        Assert.False(one.Images.Equals(two.Images));
    }

    [Fact]
    public void Every_ten_images_show_the_ten_classes()
    {
        using var data = defaults.Generate(200, seed: 9);
        Assert.All(Labels(data).Chunk(10), ten => Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], ten.Order()));
    }

    /// <summary>A texture changes no pixel by more than its amplitude, and one in eight bits.</summary>
    [Fact]
    public void Settings_of_the_texture_change_nothing_else()
    {
        using var scope = NewDisposeScope();
        using var own = defaults.Generate(300, seed: 4);
        using var none = (defaults with { Texture = TextureSource.None }).Generate(300, seed: 4);
        using var other = (defaults with { Texture = TextureSource.OtherClass }).Generate(300, seed: 4);
        Assert.True(own.Labels.Equals(none.Labels) && own.Labels.Equals(other.Labels));

        const float step = 1 / 255f;
        Assert.InRange((own.Images - none.Images).abs().max().item<float>(), 0.05f - step, 0.05f + step);
        Assert.InRange((own.Images - other.Images).abs().max().item<float>(), 0.1f - step, 0.1f + step);
        // Two textures differ in two patches or more, where half of the pixels change.
        var changed = (own.Images - other.Images).abs().gt(0.05f).to_type(ScalarType.Float32).mean([1, 2, 3]);
        Assert.InRange(changed.min().item<float>(), 0.19f, 0.45f);
        Assert.InRange(changed.max().item<float>(), 0.19f, 0.45f);
    }

    [Fact]
    public void Only_the_share_asked_for_carries_a_texture()
    {
        using var scope = NewDisposeScope();
        var settings = defaults with { TextureShare = 0.7 };
        using var some = settings.Generate(1000, seed: 4);
        using var none = (settings with { Texture = TextureSource.None }).Generate(1000, seed: 4);
        var carries = (some.Images - none.Images).abs().amax([1, 2, 3]).gt(0).to_type(ScalarType.Float32);
        Assert.InRange(carries.mean().item<float>(), 0.65f, 0.75f);
    }

    /// <summary>
    /// Without noise and strokes the gradient is the texture's own. It stays far below a threshold of 0.2.
    /// </summary>
    [Fact]
    public void The_texture_hardly_shows_in_the_gradient()
    {
        using var scope = NewDisposeScope();
        using var data = (defaults with { Shapes = false, Clutter = 0, Noise = 0 }).Generate(20, seed: 4);
        var magnitude = Sobel.Magnitude(data.Images);
        Assert.InRange(magnitude.max().item<float>(), 0, 1.5 * defaults.TextureAmplitude);
        Assert.True(data.Images.std([1, 2, 3]).min().item<float>() > 0.04, "The texture is missing.");
    }

    [Fact]
    public void Impossible_settings_are_named()
    {
        Assert.Throws<ArgumentOutOfRangeException>("count", () => defaults.Generate(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(
            "TextureAmplitude", () => (defaults with { TextureAmplitude = 0.2 }).Generate(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(
            "TextureShare", () => (defaults with { TextureShare = double.NaN }).Generate(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(
            "LeastContrast", () => (defaults with { LeastContrast = 0 }).Generate(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("Noise", () => (defaults with { Noise = -1 }).Generate(1, 0));
    }

    [Fact]
    public void No_images_are_an_empty_set()
    {
        using var data = defaults.Generate(0, seed: 1);
        Assert.Equal([0, 1, 28, 28], data.Images.shape);
    }
}
