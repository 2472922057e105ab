using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class SpsaTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.1);

    /// <summary>The clean image and, a step, the samples and the image moved to; without a graph.</summary>
    [Fact]
    public void It_asks_for_no_gradient_and_counts_its_queries()
    {
        using var scope = NewDisposeScope();
        long asked = 0;
        var linear = Samples.Linear();
        var network = new FunctionClassifier(images =>
        {
            asked += images.size(0);
            Assert.False(images.requires_grad || is_grad_enabled());
            return linear.call(images) + tensor(new[] { 50f, 0, 0, 0 });
        });
        var result = new Spsa { Steps = 3, Samples = 20 }.Run(
            network, Samples.Images(5), zeros(5, dtype: ScalarType.Int64), threat);
        Assert.Equal((5 + 3 * 21 * 5, 0), (result.Forwards, result.Backwards));
        Assert.Equal(asked, result.Forwards);
    }

    /// <summary>
    /// How many rows pass through the defense at once follows from the batch size, and changes nothing but rounding.
    /// </summary>
    [Fact]
    public void Queries_are_asked_in_parts()
    {
        using var scope = NewDisposeScope();
        long most = 0;
        var linear = Samples.Linear();
        var network = new FunctionClassifier(images =>
        {
            most = Math.Max(most, images.size(0));
            return linear.call(images) + tensor(new[] { 50f, 0, 0, 0 });
        });
        float[] Found(int batchSize)
        {
            most = 0;
            var result = new Spsa { Steps = 5, Samples = 64 }.Run(
                network, Samples.Images(5), zeros(5, dtype: ScalarType.Int64), threat,
                new AttackOptions { BatchSize = batchSize });
            Assert.InRange(most, 5, batchSize);
            return Samples.Floats(result.Images);
        }
        Assert.Equal(Found(10), Found(1000), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    /// <summary>
    /// The estimate's expectation is the gradient. Under L2 Adam, which moves small entries nearly as far as large
    /// ones, stops a little short of the best point.
    /// </summary>
    [Theory]
    [InlineData(Norm.Linf, 0.03)]
    [InlineData(Norm.L2, 0.1)]
    public void Spsa_moves_it_nearly_all_the_way(Norm norm, double tolerance) =>
        LinearMargin.MovesAllTheWay(
            new Spsa { Samples = 64 }, [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -1.9f, 0.3f], norm, tolerance);
}
