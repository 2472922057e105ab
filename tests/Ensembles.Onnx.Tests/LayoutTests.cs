using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>Files whose input is not [N, C, H, W], or that leave its size open.</summary>
public sealed class LayoutTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void ChannelsThatComeLastInTheFileComeFirstHere()
    {
        var path = Given.Write(folder, [6, 5, 3], (builder, images) => Given.Linear(builder, images));
        using var classifier = OnnxClassifier.Load(path);
        using var runtime = new Runtime(path);
        var images = Given.Images([3, 6, 5], 2);

        Assert.Equal([3, 6, 5], classifier.ImageShape);
        Assert.InRange(
            (classifier.call(images) - runtime.Run(images.permute(0, 2, 3, 1).contiguous())["logits"])
                .abs().max().item<float>(),
            0, 1e-5f);
    }

    [Fact]
    public void RowsOfPixelsNeedTheSizeOfTheImages()
    {
        var path = Given.Write(folder, [50], (builder, rows) => Given.Linear(builder, rows));

        var error = Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(path));
        using var classifier = OnnxClassifier.Load(path, new OnnxOptions { ImageSize = (5, 5) });

        Assert.Contains("ImageSize", error.Message);
        Assert.Equal([2, 5, 5], classifier.ImageShape);
        Assert.Equal([4, 3], classifier.call(Given.Images([2, 5, 5], 4)).shape);
    }

    [Fact]
    public void AnOpenSizeIsAskedFor()
    {
        var path = Given.Write(folder, [3, 8, 8], Pooled);
        // [N, 3, 8, 8] with its two last sizes left open: a dimension of the message is then empty.
        var bytes = File.ReadAllBytes(path);
        byte[] size = [0x0A, 0x02, 0x08, 0x08, 0x0A, 0x02, 0x08, 0x08];
        var place = bytes.AsSpan().IndexOf(size);
        foreach (var at in new[] { place + 2, place + 6 })
            (bytes[at], bytes[at + 1]) = (0x18, 0x00);
        File.WriteAllBytes(path, bytes);

        var error = Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(path));
        using var classifier = OnnxClassifier.Load(path, new OnnxOptions { ImageSize = (7, 9) });

        Assert.Contains("\"images\" leaves the size of dimension 2 open", error.Message);
        Assert.Equal([3, 7, 9], classifier.ImageShape);

        static Value Pooled(GraphBuilder builder, Value images) =>
            Given.Linear(builder, builder.Add(new GlobalAveragePool(), images));
    }

    [Fact]
    public void LogitsOfOnePixelAreRows()
    {
        var path = Given.Write(folder, [3, 8, 8], (builder, images) => builder.Add(new GlobalAveragePool(), images));
        using var classifier = OnnxClassifier.Load(path);

        Assert.Equal([2, 3], classifier.call(Given.Images([3, 8, 8], 2)).shape);
    }

    [Fact]
    public void ProbabilitiesThatComeOfNoSoftmaxAreRefusedWithWhatToName()
    {
        var path = Given.Write(folder, [3, 4, 4], (builder, images) =>
        {
            var exponentials = builder.Add(new Unary(UnaryFunction.Exp), Given.Linear(builder, images));
            var sum = builder.Add(new Reduce(ReduceFunction.ReduceSum, [1]), exponentials);
            return builder.Add(new Binary(BinaryFunction.Div), exponentials, sum);
        });

        var error = Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(path));
        using var classifier = OnnxClassifier.Load(path, new OnnxOptions { Output = "gemm" });

        Assert.Contains("OnnxOptions.Output", error.Message);
        Assert.Equal(3, classifier.ClassCount);
    }

    [Theory]
    [InlineData(UnaryFunction.Round)]
    [InlineData(UnaryFunction.Sign)]
    [InlineData(null)]
    public void StepsThatNoGradientPassesAreRefused(UnaryFunction? step)
    {
        var path = Given.Write(folder, [3, 4, 4], (builder, images) =>
        {
            var x = new Term(builder, images) * 255;
            x = step is { } function
                ? x.Of(function)
                : x.Of(new Cast(ScalarType.Int64)).Of(new Cast(ScalarType.Float32));
            return Given.Linear(builder, (x / 255).Value);
        });

        var error = Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(path));

        Assert.Contains($"({step?.ToString() ?? "Cast"}) has no gradient", error.Message);
    }

    [Fact]
    public void MasksLetGradientsPass()
    {
        var path = Given.Write(folder, [3, 4, 4], (builder, images) =>
        {
            var x = new Term(builder, images) - 0.5;
            var mask = x.With(BinaryFunction.Greater, x.Number(0)).Of(new Cast(ScalarType.Float32));
            return Given.Linear(builder, (x * mask).Value);
        });
        using var classifier = OnnxClassifier.Load(path);
        var images = Given.Images([3, 4, 4], 2).requires_grad_();

        classifier.call(images)[.., 0].sum().backward();

        Assert.True(images.grad!.abs().sum().item<float>() > 1);
    }

    [Fact]
    public void OneClassIsNoClassifier()
    {
        var path = Given.Write(folder, [3, 4, 4], (builder, images) => Given.Linear(builder, images, classes: 1));

        Assert.Contains("[N, K]", Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(path)).Message);
    }
}
