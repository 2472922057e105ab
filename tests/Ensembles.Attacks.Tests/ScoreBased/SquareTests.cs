using Ensembles.Numerics;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class SquareTests
{
    /// <summary>The sides that the published schedule gives for images of 28 and of 32 pixels.</summary>
    [Theory]
    [InlineData(28, new[] { 25, 18, 13, 9, 6, 4, 3, 2 })]
    [InlineData(32, new[] { 29, 20, 14, 10, 7, 5, 4, 3 })]
    public void Windows_shrink_by_the_published_schedule(int pixels, int[] sides)
    {
        var square = new Square { RescaleSchedule = false };
        int[] queries = [0, 11, 51, 201, 501, 1001, 2001, 4001];
        Assert.Equal(sides, queries.Select(q => (int)Math.Round(Math.Sqrt(square.Share(q)) * pixels)));
        Assert.Equal(square.Share(11), new Square { Queries = 1000 }.Share(2));
    }

    /// <summary>
    /// On a linear classifier random search ends near the best corner of the ball; a lead just out of the best corner's
    /// reach stays.
    /// </summary>
    [Theory]
    [InlineData(Norm.Linf, 0.95)]
    [InlineData(Norm.L2, 0.6)]
    public void It_climbs_a_linear_margin(Norm norm, double share)
    {
        using var scope = NewDisposeScope();
        float[] w = [1, 1.5f, 1, 1, 2, 1, -1, -1, -1.5f, 2, 2, 1, -1, -2, -1, -1];
        var reach = 0.2 * (norm == Norm.Linf ? w.Sum(Math.Abs) : Math.Sqrt(w.Sum(v => v * v)));
        var weights = new float[2, 16];
        for (var d = 0; d < 16; d++)
            weights[1, d] = w[d];
        bool Breaks(double lead) => new Square { Queries = 2000 }
            .Run(
                new LinearNetwork(weights, [(float)(lead * reach), -0.5f * w.Sum()]), full(1, 1, 4, 4, 0.5f),
                tensor(new[] { 0L }), new ThreatModel(norm, 0.2)).Success[0];
        Assert.Equal((true, false), (Breaks(share), Breaks(1.001)));
    }

    /// <summary>
    /// Wrong and accepted: the gate watches the first pixel, and the rejected way to the wrong class is no success.
    /// </summary>
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void It_passes_the_gate_as_well(Norm norm)
    {
        using var scope = NewDisposeScope();
        var network = new LinearNetwork(new float[,] { { 0, 0, 0, 0 }, { 1, 2, 0, 0 } }, [0, -1.3f]);
        var gate = new FunctionDetector(images => images.flatten(1).select(1, 0));
        var image = tensor(new[] { 0.4f, 0.4f, 0.5f, 0.5f }, [1, 1, 2, 2]);
        bool Breaks(float threshold) => new Square { Queries = 2000 }
            .Run(
                new HandmadeSurface<MeanLogit>([network], [(gate, threshold)]), image, tensor(new[] { 0L }),
                new ThreatModel(norm, 0.4), new AttackOptions()).Success[0];
        Assert.Equal((true, false), (Breaks(0.45f), Breaks(-0.1f)));
    }

    [Fact]
    public void No_query_shows_an_image_as_it_is()
    {
        using var scope = NewDisposeScope();
        var shown = new List<float[]>();
        var network = new FunctionClassifier(images =>
        {
            shown.AddRange(HostMemory.ReadFloats(images).Chunk(16));
            return tensor(new[] { 1f, 0 }).expand(images.size(0), -1);
        });
        new Square { Queries = 100 }.Run(
            network, full(1, 1, 4, 4, 0.5f), tensor(new[] { 0L }), new ThreatModel(Norm.Linf, 0.2)).Dispose();

        // Nothing is ever better than the first point, which is what each query changes.
        var first = shown.First(image => image.Any(pixel => pixel != 0.5f));
        var queries = shown.SkipWhile(image => image != first).Skip(1).Take(100).ToList();
        Assert.Equal(100, queries.Count);
        Assert.All(queries, image => Assert.NotEqual(first, image));
    }

    [ParityFact]
    public void Square_behind_three_bits_leaves_fewer_than_the_28_of_its_authors() =>
        Assert.InRange(
            Peers.Robust(new Square { Queries = 1000 }, new Behind(new BitDepth(3), Parity.Network())), 15, 25);
}
