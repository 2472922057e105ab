using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>Classifiers as scikit-learn's are written: rows of pixels to a label and probabilities.</summary>
public sealed class LearnedTests : IDisposable
{
    const int Features = 16, Classes = 3;

    readonly DisposeScope scope = NewDisposeScope();
    readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData("SOFTMAX", "Softmax")]
    [InlineData("LOGISTIC", "Sigmoid")]
    [InlineData("NONE", null)]
    public void ALinearOneGivesTheLogitsBehindItsProbabilities(string transform, string? removed)
    {
        var path = Linear(transform, zipped: false);
        using var classifier = OnnxClassifier.Load(path, new() { ImageSize = (4, 4) });
        using var runtime = new Runtime(path);
        var images = Given.Images([1, 4, 4], 7).requires_grad_();

        var found = classifier.call(images);
        var expected = runtime.Run(images.detach().flatten(1));

        Assert.Equal(removed, classifier.Removed);
        Assert.Equal(expected["label"].data<long>().ToArray(), found.argmax(1).data<long>().ToArray());
        Assert.True(expected["label"].unique().output.numel() > 1, "All are of one class.");
        var scores = removed switch
        {
            "Softmax" => found.softmax(1),
            "Sigmoid" => found.sigmoid(),
            _ => found,
        };
        // The file divides what it gives by its sum.
        Assert.True((scores / scores.abs().sum(1, keepdim: true)).allclose(expected["probabilities"], 1e-5, 1e-6));
        found.sum().backward();
        Assert.True(images.grad!.abs().min().item<float>() > 0);
        Assert.Equal(2, classifier.parameters().Count());
    }

    [Fact]
    public void LabelsThatAreTextsAndDictionariesOfProbabilitiesAreNoObstacle()
    {
        var images = Given.Images([1, 4, 4], 7);
        using var plain = OnnxClassifier.Load(Linear("SOFTMAX", zipped: false), new() { ImageSize = (4, 4) });
        using var zipped = OnnxClassifier.Load(Linear("SOFTMAX", zipped: true), new() { ImageSize = (4, 4) });
        Assert.Equal(plain.call(images), zipped.call(images));
    }

    [Fact]
    public void ATreeIsNamedOnlyWhereItIsAskedFor()
    {
        var path = Surgery.Write(folder, graph =>
        {
            Surgery.Value(graph, 11, "x", 7, Features);
            Surgery.Tensor(graph, "w", [Features, Classes], tensor => tensor.Bytes(9, Bytes(Features * Classes)));
            Surgery.Node(graph, "MatMul", ["x", "w"], ["logits"]);
            Surgery.Node(graph, "TreeEnsembleClassifier", ["x"], ["tree"], "ai.onnx.ml");
            Surgery.Node(graph, "Relu", ["tree"], ["trees"]);
            Surgery.Value(graph, 12, "trees", 0, Classes);
            Surgery.Value(graph, 12, "logits", 0, Classes);
        });
        using var classifier = OnnxClassifier.Load(path, new() { ImageSize = (4, 4) });
        Assert.Equal(Classes, classifier.ClassCount);
        var error = Assert.Throws<InvalidDataException>(
            () => OnnxClassifier.Load(path, new() { ImageSize = (4, 4), Output = "trees" }));
        Assert.Contains("TreeEnsembleClassifier", error.Message, StringComparison.Ordinal);
    }

    static byte[] Bytes(int count) =>
        [.. Numbers(count).SelectMany(BitConverter.GetBytes)];

    static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin(i * i * 1.7f))];

    static float[] Same(float number) => [.. Enumerable.Repeat(number, Features)];

    /// <summary>A scaler, a linear classifier and probabilities that add up to 1.</summary>
    string Linear(string transform, bool zipped)
    {
        var model = new WireWriter();
        model.Int64(1, 8);
        model.Inner(7, graph =>
        {
            Node(graph, "Scaler", ["x"], ["scaled"], ("offset", Same(0.5f)), ("scale", Same(4)));
            Node(graph, "LinearClassifier", ["scaled"], ["label", "scores"],
                ("coefficients", Numbers(Features * Classes)), ("intercepts", Numbers(Classes)),
                ("post_transform", transform), ("multi_class", 1L),
                zipped ? ("classlabels_strings", new[] { "cat", "dog", "owl" })
                    : ("classlabels_ints", new long[] { 0, 1, 2 }));
            Node(graph, "Normalizer", ["scores"], ["probabilities"], ("norm", "L1"));
            if (zipped)
            {
                Node(graph, "LabelEncoder", ["label"], ["encoded"]);
                Node(graph, "ZipMap", ["probabilities"], ["zipped"],
                    ("classlabels_strings", new[] { "cat", "dog", "owl" }));
            }

            graph.Text(2, "linear");
            Surgery.Value(graph, 11, "x", 7, Features);
            foreach (var (name, type) in new[]
                { (zipped ? "encoded" : "label", ElementTypes.Int64), (zipped ? "zipped" : "probabilities",
                    ElementTypes.Float) })
                graph.Inner(12, info =>
                {
                    info.Text(1, name);
                    info.Inner(2, value => value.Inner(1, tensor => tensor.Int64(1, type)));
                });
        });
        model.Inner(8, set => set.Int64(2, 17));
        model.Inner(8, set =>
        {
            set.Text(1, "ai.onnx.ml");
            set.Int64(2, 1);
        });
        var path = folder.Path($"{transform}-{zipped}.onnx");
        File.WriteAllBytes(path, model.Message);
        return path;
    }

    static void Node(
        WireWriter graph, string operation, string[] inputs, string[] outputs,
        params (string Name, object Value)[] attributes) => graph.Inner(1, node =>
    {
        foreach (var input in inputs)
            node.Text(1, input);
        foreach (var output in outputs)
            node.Text(2, output);
        node.Text(4, operation);
        foreach (var (name, value) in attributes)
            node.Inner(5, attribute => Attribute(attribute, name, value));
        node.Text(7, "ai.onnx.ml");
    });

    static void Attribute(WireWriter writer, string name, object value)
    {
        switch (value)
        {
            case float[] numbers:
                writer.Text(1, name);
                foreach (var number in numbers)
                    writer.Float(7, number);
                writer.Int64(20, 6);
                break;
            case string[] texts:
                writer.Text(1, name);
                foreach (var text in texts)
                    writer.Text(9, text);
                writer.Int64(20, 8);
                break;
            default:
                GraphWriter.Attribute(writer, name, value);
                break;
        }
    }
}
