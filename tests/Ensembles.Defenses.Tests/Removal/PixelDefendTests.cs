using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class PixelDefendTests
{
    static readonly TrainingOptions run = new() { Seed = 1, Epochs = 12, LearningRate = 1e-2 };

    static PixelDefendTransform Trained(double epsilon)
    {
        random.manual_seed(1);
        using var training = Bars.Make(120, seed: 1);
        var transform = new PixelDefendTransform(1, epsilon, levels: 16, reach: 2, width: 32);
        transform.Train(training, run);
        return transform;
    }

    static CausalPixelModel Untrained(int channels, int reach)
    {
        random.manual_seed(2);
        var model = new CausalPixelModel(channels, levels: 8, reach, width: 12);
        using var noGradient = no_grad();
        foreach (var parameter in model.parameters())
            parameter.mul_(4);
        return model;
    }

    /// <summary>
    /// What makes it greedy: given the purified pixels before it, each pixel is the most likely of the levels near what
    /// it was. It does not matter that many rows are decoded at once.
    /// </summary>
    [Theory]
    [InlineData(1, 2, 9, 7)]
    [InlineData(3, 1, 5, 6)]
    [InlineData(2, 3, 1, 4)]
    public void Each_pixel_is_the_most_likely_near_it_given_the_purified_ones_before(
        int channels, int reach, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Untrained(channels, reach);
        var images = rand(3, channels, height, width);
        var purified = model.Greedy(images, 0.3);
        var values = arange(8, dtype: ScalarType.Float32) / 7;
        Assert.False(purified.allclose((images * 7).round() / 7));
        for (var channel = 0; channel < channels; channel++)
        {
            var was = images.narrow(1, channel, 1).flatten(1).unsqueeze(2);
            var near = values.ge(was - 0.3).logical_and(values.le(was + 0.3));
            var best = model.Logits(purified, channel)
                .masked_fill(near.logical_not(), double.NegativeInfinity).argmax(2);
            var expected = values.index_select(0, best.flatten()).view(3, 1, height, width);
            TensorAssert.Near(expected, purified.narrow(1, channel, 1), 0);
        }
    }

    [Fact]
    public void Nothing_that_comes_later_is_looked_at()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Untrained(2, 2);
        var images = rand(1, 2, 6, 5);
        var changed = images.clone();
        changed[0, 0, 2, 3] = 1 - changed[0, 0, 2, 3];
        for (var channel = 0; channel < 2; channel++)
        {
            var moved = model.Logits(images, channel).ne(model.Logits(changed, channel)).any(2)[0];
            // The pixel is the 13th; its second channel knows its first.
            var places = moved.nonzero().flatten().data<long>().ToArray();
            Assert.Equal(channel == 0 ? [14, 16, 17, 18, 19, 21, 22, 23, 24] : [13, 14, 16, 17, 18, 19, 21, 22, 23, 24],
                places);
        }
    }

    [Fact]
    public void Pixels_stay_within_epsilon_and_at_0_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var transform = new PixelDefendTransform(1, 0.1, levels: 16, reach: 2, width: 8);
        using var still = new PixelDefendTransform(1, 0, levels: 16, reach: 2, width: 8);
        var images = rand(4, 1, 8, 8);
        Assert.InRange((transform.call(images) - images).abs().max().item<float>(), 0.02, 0.1 + 1e-6);
        Assert.True(still.call(images).Equals(images));
        Assert.True(images.Equals(images.clone()));
    }

    [Fact]
    public void Clean_images_are_likelier_than_noisy_ones_and_noise_is_taken_out()
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(40, seed: 2);
        using var transform = Trained(0.2);
        using var noGradient = no_grad();
        var noisy = (held.Images + (0.1 * randn_like(held.Images))).clamp(0, 1);
        Assert.True(transform.LogLikelihood(held.Images).gt(transform.LogLikelihood(noisy)).all().item<bool>());
        var claim = ManifoldProjection.Measure(transform, BehindTransform.Network, held);
        Assert.True(claim.Holds, $"{claim}");
    }

    [Fact]
    public void Falls_to_an_attack_that_takes_it_for_the_identity()
    {
        using var transform = Trained(0.1);
        var (clean, robust) = BehindTransform.Of(transform, epsilon: 0.3);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(robust, 0, 0.1);
    }

    [Fact]
    public void Impossible_numbers_and_other_channels_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelDefendTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelDefendTransform(1, -0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelDefendTransform(1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelDefendTransform(levels: 257));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelDefendTransform(reach: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PixelDefendTransform(width: 0));
        using var transform = new PixelDefendTransform();
        Assert.Contains("have 3", Assert.Throws<ArgumentException>(() => transform.call(zeros(1, 3, 8, 8))).Message);
    }
}
