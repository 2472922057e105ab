using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ensembles.Graphs;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Ensembles.Onnx;

/// <summary>
/// A graph of one input in ONNX Runtime, which reads images from the tensor's memory and writes into that of its
/// outputs.
/// </summary>
sealed class OnnxSession : EngineSession
{
    readonly InferenceSession session;
    readonly RunOptions run;
    readonly string[] inputs;
    readonly string[] outputs;
    readonly TensorType[] types;

    /// <summary>Opens it with weights of its own.</summary>
    /// <exception cref="GraphException">An operation that ONNX or the runtime does not have.</exception>
    /// <exception cref="InvalidOperationException">No ONNX Runtime beside the program.</exception>
    public OnnxSession(Graph graph)
    {
        (inputs, outputs) = ([graph.Inputs[0].Name], [.. graph.Outputs.Select(output => output.Name)]);
        types = [.. graph.Outputs.Select(output => output.Value.Type)];
        LargestValue = graph.Nodes
            .SelectMany(node => node.Outputs).Append(graph.Inputs[0])
            .Max(value => value.Type.Shape.Elements);
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = get_num_threads(),
                InterOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            session = new(GraphWriter.Write(graph), options);
            run = new();
        }
        catch (OnnxRuntimeException exception)
        {
            throw new GraphException($"ONNX Runtime does not take it: {exception.Message}.");
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException
            or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new InvalidOperationException(
                $"ONNX Runtime's native library does not load. An application that compiles with {nameof(OnnxEngine)} "
                    + "references the package Microsoft.ML.OnnxRuntime, which has it for each system, in the version "
                    + $"of Microsoft.ML.OnnxRuntime.Managed, {typeof(InferenceSession).Assembly.GetName().Version}.",
                exception);
        }
    }

    public override long LargestValue { get; }

    public override IReadOnlyList<Tensor> Run(Tensor images)
    {
        if (!images.is_contiguous())
        {
            using var laid = images.contiguous();
            return Run(laid);
        }

        var input = Over(images, TensorElementType.Float, images.shape);
        var results = new Tensor[types.Length];
        var values = new OrtValue[types.Length];
        try
        {
            for (var i = 0; i < types.Length; i++)
            {
                var shape = types[i].Shape.At(images.size(0));
                results[i] = empty(shape, dtype: types[i].Type);
                values[i] = Over(results[i], ElementTypeOf(types[i].Type), shape);
            }

            session.Run(run, inputs, [input], outputs, values);
        }
        finally
        {
            input.Dispose();
            foreach (var value in values)
                value?.Dispose();
        }

        GC.KeepAlive(images);
        return results;
    }

    /// <summary>The memory of a tensor, which stays its owner.</summary>
    static unsafe OrtValue Over(Tensor tensor, TensorElementType type, long[] shape)
    {
        var bytes = tensor.bytes;
        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, type, shape,
            (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)), bytes.Length);
    }

    static TensorElementType ElementTypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorElementType.Float,
        ScalarType.Int64 => TensorElementType.Int64,
        _ => throw new GraphException($"An output is {type}, and plans have float32 and int64."),
    };

    public override void Dispose()
    {
        run.Dispose();
        session.Dispose();
    }
}
