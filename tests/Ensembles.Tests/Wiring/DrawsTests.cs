using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Wiring;

public sealed class DrawsTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Rows_are_draw_major()
    {
        var images = arange(3, dtype: ScalarType.Float32).view(3, 1, 1, 1);
        // Row s * N + n is draw s of image n.
        float[] expected = [0, 1, 2, 0, 1, 2];
        Assert.Equal(expected, Draws.OfDeterministic(new Counting(), images, 2).data<float>().ToArray());
        Assert.Equal(expected, Draws.OfRandomized(new Counting(), images, 2).data<float>().ToArray());
    }

    [Fact]
    public void A_deterministic_component_runs_once_on_the_images_alone()
    {
        var component = new Counting();
        Draws.OfDeterministic(component, rand(3, 1, 2, 2), 7);
        Assert.Equal([3L], component.BatchSizes);
    }

    [Fact]
    public void A_random_component_draws_anew_for_every_row()
    {
        var component = new Noisy();
        var output = Draws.OfRandomized(component, zeros(3, 1, 2, 2), 5);
        Assert.Equal(15, output.data<float>().ToArray().Distinct().Count());
    }

    [Fact]
    public void A_component_that_draws_once_a_call_is_called_for_each_draw()
    {
        var images = zeros(3, 1, 2, 2);
        foreach (var component in new Detector[] { new NoisyCall(), new NoisyCall { RowNoise = 0.1 } })
        {
            var output = Draws.OfRandomized(component, images, 5).view(5, 3);
            Assert.Equal(5, output.select(1, 0).data<float>().ToArray().Distinct().Count());
        }

        var one = new NoisyCall();
        manual_seed(3);
        var first = Draws.OfRandomized(one, images, 5);
        manual_seed(3);
        Assert.True(first.Equals(Draws.OfRandomized(one, images, 5)));
        // The same numbers as for the component that was tried before.
        manual_seed(3);
        Assert.True(first.Equals(Draws.OfRandomized(new NoisyCall(), images, 5)));
    }

    [Fact]
    public void The_gradient_of_draws_of_their_own_calls_reaches_the_images()
    {
        var images = rand(3, 1, 2, 2, requires_grad: true);
        Draws.OfRandomized(new NoisyCall { EotSamples = 3 }, images, 6).sum().backward();
        Assert.True(images.grad!.Equals(full_like(images, 6)));
    }

    [Fact]
    public void The_gradient_of_all_draws_reaches_the_images()
    {
        var images = rand(3, 1, 2, 2, requires_grad: true);
        Draws.OfDeterministic(new Counting(), images, 4).sum().backward();
        Assert.True(images.grad!.Equals(full_like(images, 4)));

        var again = rand(3, 1, 2, 2, requires_grad: true);
        Draws.OfRandomized(new Counting(), again, 4).sum().backward();
        Assert.True(again.grad!.Equals(full_like(again, 4)));
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(3, 6)]
    [InlineData(4, 6)]
    [InlineData(10, 6)]
    public void For_a_gradient_a_component_is_drawn_no_more_often_than_it_asks(int samples, int draws)
    {
        var images = zeros(3, 1, 2, 2, requires_grad: true);
        var rows = Draws.OfRandomized(new Noisy { EotSamples = samples }, images, draws);

        Assert.Equal([3L * draws], rows.shape);
        var values = rows.detach().data<float>().ToArray();
        var fresh = Math.Min(samples, draws);
        Assert.Equal(3 * fresh, values.Distinct().Count());
        // Draw s repeats draw s mod fresh, image by image.
        Assert.All(Enumerable.Range(0, values.Length), i => Assert.Equal(values[i % (3 * fresh)], values[i]));
        rows.sum().backward();
        Assert.True(images.grad!.Equals(full_like(images, draws)));
    }

    [Fact]
    public void Fewer_than_one_draw_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            "draws", () => Draws.OfDeterministic(new Counting(), rand(1, 1, 1, 1), 0));
        Assert.Throws<ArgumentOutOfRangeException>(
            "draws", () => Draws.OfRandomized(new Counting(), rand(1, 1, 1, 1), 0));
    }

    [Fact]
    public void Randomness_is_found_deep_inside_and_the_most_demanding_part_sets_the_number_of_samples()
    {
        var deep = Sequential(Flatten(), Sequential(new Noisy { EotSamples = 12 }), new Noisy { EotSamples = 30 });
        Assert.True(Draws.IsRandomized(deep));
        Assert.Equal(30, Draws.EotSamples(deep.modules()));
        Assert.True(Draws.IsRandomized(new Noisy { EotSamples = 1 }));
        Assert.False(Draws.IsRandomized(Sequential(Flatten())));
        Assert.Equal(1, Draws.EotSamples([]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void No_tensor_is_left_behind_but_the_output(int draws)
    {
        var images = rand(3, 1, 2, 2);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Draws.OfDeterministic(new Counting(), images, draws).Dispose();
        Draws.OfRandomized(new Counting(), images, draws).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    sealed class Counting : Detector
    {
        public List<long> BatchSizes { get; } = [];

        public override Tensor forward(Tensor images)
        {
            BatchSizes.Add(images.size(0));
            return images.sum([1, 2, 3]);
        }
    }

    /// <summary>Draws one number a call and, if asked to, a smaller one for each row.</summary>
    sealed class NoisyCall : Detector, IRandomized
    {
        public int EotSamples { get; init; } = 10;
        public double RowNoise { get; init; }
        public override Tensor forward(Tensor images) =>
            images.sum([1, 2, 3]) + rand(1) + RowNoise * rand(images.size(0));
    }

    sealed class Noisy : Detector, IRandomized
    {
        public int EotSamples { get; init; } = 10;
        public override Tensor forward(Tensor images) => images.sum([1, 2, 3]) + rand(images.size(0));
    }
}
