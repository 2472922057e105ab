using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class BitDepthTests
{
    static Tensor EightBit() => arange(256, dtype: ScalarType.Float32).view(1, 1, 16, 16) / 255;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Rounded_levels_are_met_at_once_and_lie_within_half_a_step(int bits)
    {
        using var scope = NewDisposeScope();
        using var transform = new BitDepthTransform(bits);
        var images = rand(20, 1, 8, 8);
        var quantized = transform.call(images);
        var step = 1.0 / ((1 << bits) - 1);

        Assert.True(transform.call(quantized).Equals(quantized));
        TensorAssert.Near(images, quantized, (step / 2) + 1e-6);
        Assert.InRange(transform.call(EightBit()).unique().output.size(0), 1 << bits, 1 << bits);
    }

    [Theory]
    [InlineData(GreyLevels.Rounded)]
    [InlineData(GreyLevels.TopBits)]
    public void Eight_bits_keep_images_of_eight_bits(GreyLevels levels)
    {
        using var scope = NewDisposeScope();
        using var transform = new BitDepthTransform(8, levels);
        TensorAssert.Near(EightBit(), transform.call(EightBit()), 1e-6);
    }

    /// <summary>Of 200 = 0b11001000 the top three bits are 192, and of 255 they are 224.</summary>
    [Fact]
    public void The_conventions_differ_as_their_formulas_do()
    {
        using var scope = NewDisposeScope();
        var image = tensor([200f / 255, 1f, 0f, 0.1f]).view(1, 1, 2, 2);
        float[] By(GreyLevels levels) =>
            [.. new BitDepthTransform(3, levels).call(image).data<float>().ToArray().Select(x => MathF.Round(x, 5))];

        Assert.Equal([0.71429f, 1f, 0f, 0.14286f], By(GreyLevels.Rounded));
        Assert.Equal([0.75294f, 0.87843f, 0f, 0f], By(GreyLevels.TopBits));
        Assert.Equal([0.75f, 1f, 0f, 0.125f], By(GreyLevels.RoundedToPower));
    }

    [ParityFact]
    public void Rounded_levels_are_those_of_ART()
    {
        using var scope = NewDisposeScope();
        var images = Parity.Floats("x512_f32le.bin", 512, 1, 28, 28).narrow(0, 0, 64);
        foreach (var bits in new[] { 1, 4 })
        {
            var golden = Parity.Floats($"goldens/art.feature_squeezing.{bits}.bin", 64, 1, 28, 28);
            TensorAssert.Near(golden, new BitDepthTransform(bits).call(images), 1e-6);
        }
    }

    [Fact]
    public void Falls_to_an_attack_that_takes_it_for_the_identity()
    {
        var (clean, robust) = BehindTransform.Of(new BitDepthTransform(3), epsilon: 0.25);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(robust, 0, 0.1);
    }

    [Fact]
    public void Impossible_bits_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BitDepthTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BitDepthTransform(9));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BitDepthTransform(3, (GreyLevels)7));
    }
}
