using System.Numerics.Tensors;
using Ensembles.Onnx;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>
/// What a user writes by hand who has the members as ONNX files: a session for each, one after the other, the mean of
/// their probabilities, and its argmax. The sessions run on as many threads as torch.
/// </summary>
sealed class ByHand : IDisposable
{
    readonly List<InferenceSession> sessions = [];
    readonly RunOptions run = new();
    readonly long[] imageShape;
    readonly float[] pixels;

    public ByHand(Ensemble ensemble, long[] imageShape, int mostImages)
    {
        this.imageShape = imageShape;
        pixels = new float[mostImages * imageShape.Aggregate((a, b) => a * b)];
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var samples = rand([2, .. imageShape]);
        using var options = new SessionOptions { IntraOpNumThreads = get_num_threads(), InterOpNumThreads = 1 };
        foreach (var member in ensemble.Members)
            sessions.Add(new(GraphWriter.Write(member.Module.ToGraph(samples)), options));
    }

    /// <summary>Labels of as many of the images as the batch has.</summary>
    public int[] Decide(int count)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance,
            pixels.AsMemory(0, count * (int)imageShape.Aggregate((a, b) => a * b)),
            [count, .. imageShape]);
        float[]? sum = null;
        var classes = 0;
        foreach (var session in sessions)
        {
            using var outputs = session.Run(run, ["input"], [input], ["output"]);
            var logits = outputs[0].GetTensorDataAsSpan<float>();
            sum ??= new float[logits.Length];
            classes = logits.Length / count;
            var probabilities = new float[classes];
            for (var i = 0; i < count; i++)
            {
                TensorPrimitives.SoftMax(logits.Slice(i * classes, classes), probabilities);
                var row = sum.AsSpan(i * classes, classes);
                TensorPrimitives.Add(row, probabilities, row);
            }
        }

        var labels = new int[count];
        for (var i = 0; i < count; i++)
            labels[i] = TensorPrimitives.IndexOfMax(sum.AsSpan(i * classes, classes));
        return labels;
    }

    public void Dispose()
    {
        run.Dispose();
        sessions.ForEach(session => session.Dispose());
    }
}
