using static TorchSharp.torch;

namespace Ensembles.Graphs.Tests;

/// <summary>What is inferred of operations is what they give.</summary>
public class OperationTests
{
    static readonly Window window = new(3, 2)
    {
        Strides = (2, 1), Padding = new(1, 0, 1, 0), Dilations = (1, 2),
    };

    public static TheoryData<string> Names() => [.. All().Select(one => one.Name)];

    /// <summary>Operations with the shapes of their inputs behind a batch, a dash for no batch.</summary>
    static IEnumerable<(string Name, Operation Operation, long[][] Inputs)> All()
    {
        long[] images = [4, 9, 8], rows = [6];
        return
        [
            ("convolution", new Conv(window, 2), [images, [0, 6, 2, 3, 2], [0, 6]]),
            ("convolution with uneven padding",
                new Conv(window with { Padding = new(3, 2, 0, 1) }), [images, [0, 6, 4, 3, 2]]),
            ("convolution turned round",
                new ConvTranspose(window with { Padding = new(1, 0, 1, 0) }, 2, 1), [images, [0, 4, 3, 3, 2], [0, 6]]),
            ("max pooling", new MaxPool(window), [images]),
            ("max pooling with uneven padding", new MaxPool(window with { Padding = new(2, 0, 0, 1) }), [images]),
            ("max pooling over the edge", new MaxPool(new(2, 2) { Strides = (2, 2), Ceiling = true }), [[4, 9, 7]]),
            ("windows that start behind the edge",
                new MaxPool(new(2, 2) { Strides = (3, 3), Padding = new(1, 1, 1, 1), Ceiling = true }), [[4, 7, 6]]),
            ("average pooling", new AveragePool(window with { Dilations = (1, 1) }), [images]),
            ("average pooling of pixels alone",
                new AveragePool(new(3, 3) { Padding = new(2, 0, 1, 2), Strides = (2, 2) }), [images]),
            ("average pooling with zeros",
                new AveragePool(new(3, 3) { Padding = new(2, 0, 1, 2), Strides = (2, 2) }, true), [images]),
            ("global average", new GlobalAveragePool(), [images]),
            ("global maximum", new GlobalMaxPool(), [images]),
            ("linear", new Gemm { TransposesB = true }, [rows, [0, 5, 6], [0, 5]]),
            ("gemm", new Gemm { Alpha = 2, Beta = 3 }, [rows, [0, 6, 5], [0, 1, 5]]),
            ("products of stacks", new MatMul(), [[3, 2, 4], [0, 4, 5]]),
            ("batch normalisation", new BatchNormalization(), [images, [0, 4], [0, 4], [0, 4], [0, 4]]),
            ("instance normalisation", new InstanceNormalization(), [images, [0, 4], [0, 4]]),
            ("layer normalisation", new LayerNormalization(-2), [images, [0, 9, 8], [0, 9, 8]]),
            ("division by a norm", new LpNormalization(1, 1), [images]),
            ("softmax", new Softmax(1), [images]),
            ("slope", new PRelu(), [images, [0, 4, 1, 1]]),
            ("sum that broadcasts", new Binary(BinaryFunction.Add), [images, [0, 9, 1]]),
            ("comparison", new Binary(BinaryFunction.Less), [images, images]),
            ("reshape", new Reshape([0, -1, 4]), [images]),
            ("flatten", new Flatten(2), [images]),
            ("transpose", new Transpose([0, 3, 1, 2]), [images]),
            ("squeeze", new Squeeze([-1, 1]), [[1, 5, 1]]),
            ("unsqueeze", new Unsqueeze([1, -1]), [[5]]),
            ("expand", new Expand([Dimension.Batch, 3, 5]), [[0, 3, 1]]),
            ("concat", new Concat(-1), [images, [4, 9, 2]]),
            ("slice", new Slice(2, 1, -1, 3), [images]),
            ("slice from behind", new Slice(-1, -1, -100, -2), [images]),
            ("slice of nothing", new Slice(2, 7, 3), [images]),
            ("split", new Split(2, [2, 3, 4]), [images]),
            ("padding", new Pad([0, 0, 1, 2], [0, 1, 0, -1], PadMode.Constant, 3), [images]),
            ("reflection", new Pad([0, 0, 1, 2], [0, 0, 3, 0], PadMode.Reflect), [images]),
            ("edge", new Pad([0, 0, 9, 2], [0, 0, 3, 0], PadMode.Edge), [images]),
            ("another size", new Resize(5, 20, (0.5, 2.5), ResizeMode.Cubic), [images]),
            ("mean", new Reduce(ReduceFunction.ReduceMean, [-1, 1]), [images]),
            ("log of sum of exponentials", new Reduce(ReduceFunction.ReduceLogSumExp, [1], false), [images]),
            ("place of the largest", new ArgMax(2, false), [images]),
            ("largest", new TopK(3, 1), [images]),
            ("shape", new ShapeOf(), [images]),
        ];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void GivesWhatWasInferred(string name)
    {
        using var scope = NewDisposeScope();
        var (_, operation, inputs) = All().Single(one => one.Name == name);
        manual_seed(0);
        var types = inputs.Select(sizes => new TensorType(ScalarType.Float32, sizes[0] == 0
            ? new(sizes.Skip(1).Select(size => new Dimension(size)))
            : new([Dimension.Batch, .. sizes.Select(size => new Dimension(size))]))).ToArray();

        var inferred = operation.Infer(types);
        foreach (var images in new[] { 1, 3 })
        {
            var given = types.Select(type => rand(type.Shape.At(images)) + 0.1).ToArray();
            var results = operation.Run(given, new(images, Training: false));

            Assert.Equal(inferred.Select(type => type.Shape.At(images)), results.Select(result => result.shape));
            Assert.Equal(inferred.Select(type => type.Type), results.Select(result => result.dtype));
        }
    }

    [Fact]
    public void WhatNetworksComputeOfShapesIsKnownBeforehand()
    {
        var builder = new GraphBuilder("shapes");
        var images = builder.Input("images", ScalarType.Float32, Dimension.Batch, 3, 8, 8);
        var shape = builder.Add(new ShapeOf(), images);
        using var one = tensor(new[] { 1L });
        using var two = tensor(new[] { 2L });
        var height = builder.Add(new Gather(), shape, builder.Constant(two));
        var half = builder.Add(new Binary(BinaryFunction.Div), height, builder.Constant(two));
        var all = builder.Add(
            new Concat(0), builder.Add(new Slice(0, 0, 1), shape), half, builder.Constant(one));

        Assert.Equal([Dimension.Batch, 4, 1], all.Type.Contents);
    }

    [Fact]
    public void AMeanOfPixelsIsThatOfThePixelsInTheWindow()
    {
        using var scope = NewDisposeScope();
        var pool = new AveragePool(new(2, 2) { Padding = new(1, 1, 0, 0) });
        var image = arange(1, 5, dtype: ScalarType.Float32).reshape(1, 1, 2, 2);

        // [1 2; 3 4] with a row above and a column on the left that do not count.
        Assert.Equal([1f, 1.5f, 2f, 2.5f], pool.Run([image], default)[0].data<float>().ToArray());
    }
}
