using System.Text.Json;
using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>Whole ensembles as ONNX files.</summary>
public static class EnsembleExport
{
    /// <summary>How far scores may lie from the ensemble's own, as a share of 1 or of their size.</summary>
    const float Tolerance = 1e-5f;

    /// <summary>
    /// Writes an ensemble in evaluation mode as one ONNX file: images, float32 [N, C, H, W] in [0, 1], to
    /// <c>labels</c>, int64 [N], -1 where it rejects; <c>scores</c>, float32 [N, K]; <c>member_logits</c>, float32 [M,
    /// N, K]; and where there are gates <c>gate_scores</c>, float32 [G, N]. Weights, thresholds and fitted numbers are
    /// those of this moment.
    /// </summary>
    /// <remarks>
    /// The file is read back and run on the sample images before it stands under its name: where a label is another, or
    /// a score differs, nothing is written. Metadata of it are <c>declaration</c>, <c>members</c>, <c>gates</c> and
    /// <c>classes</c>, in JSON.
    /// </remarks>
    /// <param name="ensemble">The ensemble, trained and calibrated.</param>
    /// <param name="path">The file; its folder exists. It is written whole or not at all.</param>
    /// <param name="sampleImages">Images, float32 [n, C, H, W] in [0, 1], on which it is compared.</param>
    /// <param name="options">What else goes into it.</param>
    /// <exception cref="InvalidOperationException">
    /// A component that cannot be exported, by its name and with the reason; a gate that is not calibrated; training
    /// mode; or a file that decides otherwise.
    /// </exception>
    /// <exception cref="ArgumentException">No images, or names of another number of classes.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void ExportOnnx(
        this Ensemble ensemble, string path, Tensor sampleImages, OnnxExportOptions? options = null)
    {
        ImageChecks.ThrowIfNotImages(sampleImages);
        if (sampleImages.size(0) == 0)
            throw new ArgumentException(
                "An export is compared on sample images; there are none.", nameof(sampleImages));
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var components = ensemble.Components;
        EvaluationMode.ThrowIfTraining(components.Modules, ensemble.GetName());
        components.ThrowIfUncalibrated();
        var graph = Captured(ensemble, sampleImages);
        var classes = graph.Outputs.Single(output => output.Name == "scores").Value.Type.Shape[1].Factor;
        if (options?.ClassNames is { } names && names.Count != classes)
            throw new ArgumentException($"There are {classes} classes, and {names.Count} names.", nameof(options));
        var bytes = Written(graph, Metadata(ensemble, components, options?.ClassNames));
        ThrowIfOtherDecisions(ensemble, bytes, sampleImages);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    static Graph Captured(Ensemble ensemble, Tensor sampleImages)
    {
        try
        {
            return EnsembleGraph.Of(ensemble, sampleImages.shape[1..], sampleImages);
        }
        catch (NotCapturedException exception)
        {
            throw NotExported(exception.Component ?? ensemble.GetName(), exception.Message);
        }
    }

    static byte[] Written(Graph graph, IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            return GraphWriter.Write(graph, metadata);
        }
        catch (GraphException exception)
        {
            throw NotExported(graph.Name, exception.Message);
        }
    }

    static Dictionary<string, string> Metadata(
        Ensemble ensemble, Components components, IReadOnlyList<string>? classNames)
    {
        var metadata = new Dictionary<string, string>
        {
            ["declaration"] = JsonSerializer.Serialize(ensemble.Declaration),
            ["members"] = JsonSerializer.Serialize(components.Members.Select(member => member.Name)),
            ["gates"] = JsonSerializer.Serialize(components.Gates.Select(gate => gate.Name)),
        };
        if (classNames is not null)
            metadata["classes"] = JsonSerializer.Serialize(classNames);
        return metadata;
    }

    /// <summary>Reads back what would be written, and runs it.</summary>
    static void ThrowIfOtherDecisions(Ensemble ensemble, byte[] bytes, Tensor sampleImages)
    {
        var model = OnnxModel.Read(bytes);
        using var file = new GraphModule(GraphReading.Of(new("the exported file", model), new()));
        using var expected = ensemble.call(sampleImages);
        var found = file.Outputs(sampleImages.cpu()).Zip(file.Graph.Outputs, (tensor, output) => (output.Name, tensor))
            .ToDictionary(output => output.Name, output => output.tensor);
        var labels = expected.Labels.cpu();
        if (found["labels"].ne(labels).sum().item<long>() is var others and > 0)
            throw NotExported(
                ensemble.GetName(),
                $"the file decides otherwise on {others} of {labels.size(0)} sample images. A module that is "
                    + $"{nameof(ILayered)} or {nameof(IGraphSource)} may say another thing than its forward does.");
        Compare("scores", expected.Scores);
        Compare("member_logits", expected.MemberLogits);
        if (found.ContainsKey("gate_scores"))
            Compare("gate_scores", expected.GateScores);

        void Compare(string name, Tensor own)
        {
            var numbers = own.cpu();
            if (found[name].allclose(numbers, Tolerance, Tolerance, equal_nan: true))
                return;
            var difference = (found[name] - numbers).abs().max().item<float>();
            throw NotExported(
                ensemble.GetName(),
                $"{name} of the file differ from its own by {difference:E1}. A module that is {nameof(ILayered)} or "
                    + $"{nameof(IGraphSource)} may say another thing than its forward does.");
        }
    }

    static InvalidOperationException NotExported(string name, string why) =>
        new($"{name} cannot be exported: {why} Nothing was written.");
}
