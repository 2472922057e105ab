namespace Ensembles.Graphs.Tests;

public class ShapeTests
{
    static readonly Dimension n = Dimension.Batch;

    [Fact]
    public void BroadcastsAsNumPyDoes()
    {
        Assert.Equal(new(n, 3, 4), Shape.Broadcast(new(n, 1, 4), new(3, 1)));
        Assert.Equal(new(2, n), Shape.Broadcast(new(2, 1), new(n)));
        Assert.Throws<GraphException>(() => Shape.Broadcast(new(n, 3), new(2)));
        // A batch may be of two images, or of any other number.
        Assert.Throws<GraphException>(() => Shape.Broadcast(new(n, 3), new(2, 3)));
    }

    [Fact]
    public void RefusesWhatCannotBeCounted()
    {
        Assert.Throws<GraphException>(() => new Shape(1L << 32, 1L << 32));
        Assert.Throws<GraphException>(() => new Shape(-1));
        Assert.Throws<GraphException>(() => new Shape(n, n));
        Assert.Throws<GraphException>(() => new Shape(Enumerable.Repeat(new Dimension(1), 17)));
    }

    [Theory]
    [InlineData(new long[] { 0, -1 }, "[N, 12]")]
    [InlineData(new long[] { -1, 12 }, "[N, 12]")]
    [InlineData(new long[] { -1, 4 }, "[3N, 4]")]
    [InlineData(new long[] { 0, 4, 3 }, "[N, 4, 3]")]
    [InlineData(new long[] { 3, -1 }, "[3, 4N]")]
    public void AReshapeKeepsTrackOfTheBatch(long[] sizes, string expected)
    {
        var type = new TensorType(TorchSharp.torch.ScalarType.Float32, new(n, 3, 2, 2));

        Assert.Equal(expected, new Reshape(sizes).Infer([type])[0].Shape.ToString());
    }

    [Theory]
    [InlineData(new long[] { 12 })]
    [InlineData(new long[] { 2, 12 })]
    [InlineData(new long[] { -1, 5 })]
    [InlineData(new long[] { -1, -1 })]
    [InlineData(new long[] { 0, 0, 0, 0, 0 })]
    public void AReshapeThatHoldsForSomeBatchesAloneIsRefused(long[] sizes)
    {
        var type = new TensorType(TorchSharp.torch.ScalarType.Float32, new(n, 3, 2, 2));

        Assert.Throws<GraphException>(() => new Reshape(sizes).Infer([type]));
    }
}
