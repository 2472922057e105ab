using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>A file's network as a graph from images to logits, with what the options say around it.</summary>
/// <param name="Graph">Images, float32 [N, C, H, W], to logits, float32 [N, K].</param>
/// <param name="ClassCount">K.</param>
/// <param name="Removed">The function that stood behind the logits in the file and is left out; null for none.</param>
sealed record OnnxNetwork(Graph Graph, int ClassCount, string? Removed)
{
    static readonly HashSet<long?> channelCounts = [1, 3, 4];

    /// <summary>Reads a network; the tensors of the graph are left to the dispose scope around.</summary>
    /// <exception cref="InvalidDataException">A file whose network is no classifier of images.</exception>
    public static OnnxNetwork Of(OnnxFile file, OnnxOptions options)
    {
        var initialized = file.Model.Graph.Initializers.Select(initializer => initializer.Name).ToHashSet();
        if (file.Model.Graph.Inputs.Where(i => !initialized.Contains(i.Name)).ToArray() is not [var input])
            throw OnnxFile.Wrong(file.Path, new InvalidDataException("a classifier has one input, the images"));
        var channelsLast = input.Sizes is [_, var first, _, var last]
            && channelCounts.Contains(last) && !channelCounts.Contains(first);
        var sizes = options.ImageSize is not var (height, width) ? null
            : input.Sizes?.Count == 2 ? null
            : channelsLast ? new long[] { height, width, input.Sizes![3]!.Value }
            : input.Sizes is [_, { } channels, _, _] ? [channels, height, width]
            : null;
        var graph = GraphReading.Of(file, new(sizes), options.Output);
        try
        {
            var (logits, removed) = Logits(graph, options.Output);
            var network = graph.For([("logits", logits)]);
            ThrowIfNoGradient(network);
            return Around(network, channelsLast, options, removed);
        }
        catch (Exception exception) when (exception is InvalidDataException or GraphException)
        {
            throw OnnxFile.Wrong(file.Path, exception);
        }
    }

    /// <summary>
    /// Throws where what the images become passes steps, whose gradient is zero: no attack would find a way through,
    /// and the network would look robust.
    /// </summary>
    static void ThrowIfNoGradient(Graph network)
    {
        var moving = new HashSet<Value>(network.Inputs);
        foreach (var node in network.Nodes.Where(node => node.Operation is not ShapeOf))
        {
            if (node.Inputs.OfType<Value>().FirstOrDefault(moving.Contains) is not { } from)
                continue;
            var (into, operation) = (node.Outputs[0].Type, node.Operation);
            var isStep = operation is Unary { IsDifferentiable: false } && into.IsFloating;
            var isWhole = operation is ArgMax or Cast && from.Type.IsFloating && into.IsWhole;
            // Of comparisons masks are made, beside which a gradient passes.
            if (isStep || (isWhole && into.Type != ScalarType.Bool))
                throw new InvalidDataException(
                    $"the node \"{node.Name}\" ({operation.Name}) has no gradient, so that no attack would find a way "
                        + "through it and the network would look robust. Export one without it");
            moving.UnionWith(node.Outputs);
        }
    }

    /// <summary>Puts scaling and layout before the network, and rows of logits behind it.</summary>
    static OnnxNetwork Around(Graph network, bool channelsLast, OnnxOptions options, string? removed)
    {
        var type = network.Inputs[0].Type;
        if (!type.IsFloating)
            throw new InvalidDataException(
                $"its input is {type}: images are floating-point numbers, and whole ones have no gradient");
        var builder = new GraphBuilder(network.Name);
        var images = builder.Input("images", ScalarType.Float32, ImageShape(type.Shape, channelsLast, options));
        var seen = Scaled(builder, images, options.Scaling);
        if (channelsLast)
            seen = builder.Add(new Transpose([0, 2, 3, 1]), seen);
        if (type.Shape.Count == 2)
            seen = builder.Add(new Flatten(), seen);
        if (type.Type != ScalarType.Float32)
            seen = builder.Add(new Cast(type.Type), seen);
        var logits = builder.Add(network, [seen])[0];
        if (logits.Type.Shape.Count > 2)
            logits = builder.Add(new Flatten(), logits);
        if (logits.Type.Type != ScalarType.Float32)
            logits = builder.Add(new Cast(ScalarType.Float32), logits);
        var classes = (int)logits.Type.Shape[1].Factor;
        return new(builder.Build(("logits", logits)), classes, removed);
    }

    static IEnumerable<Dimension> ImageShape(Shape shape, bool channelsLast, OnnxOptions options)
    {
        if (shape.Count == 4)
            return channelsLast ? [shape[0], shape[3], shape[1], shape[2]] : shape;
        if (shape.Count == 2 && options.ImageSize is var (height, width)
            && height > 0 && width > 0 && shape[1].Factor % ((long)height * width) == 0)
            return [shape[0], shape[1].Factor / ((long)height * width), height, width];
        throw new InvalidDataException(
            $"its input has the shape {shape}, and images [N, C, H, W] are needed"
                + (shape.Count == 2 ? $", or rows with {nameof(OnnxOptions)}.{nameof(OnnxOptions.ImageSize)}" : ""));
    }

    static Value Scaled(GraphBuilder builder, Value images, PixelScaling scaling)
    {
        var channels = images.Type.Shape[1].Factor;
        scaling.ThrowIfNotFor(channels);
        if (scaling.IsNone)
            return images;
        var mean = builder.Constant(Row(scaling.Mean), "mean");
        var deviation = builder.Constant(Row(scaling.Deviation), "deviation");
        var centered = builder.Add(new Binary(BinaryFunction.Sub), images, mean);
        return builder.Add(new Binary(BinaryFunction.Div), centered, deviation);

        static Tensor Row(IReadOnlyList<float> numbers) => tensor(numbers.ToArray()).reshape(1, -1, 1, 1);
    }

    /// <summary>The logits, and what stood behind them.</summary>
    static (Value Logits, string? Removed) Logits(Graph graph, string? name)
    {
        var all = graph.Outputs.Where(output => IsLogits(output.Value.Type)).ToArray();
        if (all is not [var chosen])
            throw new InvalidDataException(
                all.Length == 0
                    ? $"none of its outputs is logits, [N, K] with two classes or more: {Listed(graph.Outputs)}"
                    : $"several of its outputs may be logits: {Listed(all)}. Name one with "
                        + $"{nameof(OnnxOptions)}.{nameof(OnnxOptions.Output)}");
        var (value, made) = (chosen.Value, graph.Nodes
            .SelectMany(node => node.Outputs.Select(output => (output, node)))
            .ToDictionary(made => made.output, made => made.node));
        while (made.TryGetValue(value, out var node))
        {
            if (node.Operation is Unary { Function: UnaryFunction.Sigmoid } || (node.Operation is Softmax softmax
                && value.Type.Shape.Axis(softmax.Axis) == 1))
                return (node.Inputs[0]!, node.Operation.Name);
            // What only gives the same numbers another shape, or divides those of an image by one number, as
            // probabilities of classes that each had a sigmoid are.
            if (node.Operation is not (Unary { Function: UnaryFunction.Identity } or Reshape or Flatten or Squeeze
                or LpNormalization)
                || !IsLogits(node.Inputs[0]!.Type))
                break;
            value = node.Inputs[0]!;
        }

        return (chosen.Value, null);
    }

    static bool IsLogits(TensorType type) => type is { IsFloating: true, Shape: [{ IsBatch: true, Factor: 1 }, ..] }
        && type.Shape.Count >= 2 && type.Shape[1].Factor >= 2 && type.Shape.Skip(2).All(size => size == 1);

    static string Listed(IEnumerable<(string Name, Value Value)> outputs) =>
        string.Join(", ", outputs.Select(output => $"{output.Name} {output.Value.Type}"));
}
