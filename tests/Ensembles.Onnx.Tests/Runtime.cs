using Ensembles.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Ensembles.Onnx.Tests;

/// <summary>ONNX Runtime, on one thread.</summary>
sealed class Runtime : IDisposable
{
    readonly InferenceSession session;

    public Runtime(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        session = new(path, options);
    }

    public void Dispose() => session.Dispose();

    public IReadOnlyDictionary<string, string> Metadata => session.ModelMetadata.CustomMetadataMap;

    /// <summary>What the file's outputs are for images, by name.</summary>
    public Dictionary<string, Tensor> Run(Tensor images)
    {
        var input = NamedOnnxValue.CreateFromTensor(
            session.InputMetadata.Keys.Single(),
            new DenseTensor<float>(
                HostMemory.ReadFloats(images), [.. images.shape.Select(size => (int)size)]));
        using var results = session.Run([input]);
        return results.ToDictionary(result => result.Name, result => result.ElementType == TensorElementType.Int64
            ? Of(result.AsTensor<long>())
            : Of(result.AsTensor<float>()));
    }

    static Tensor Of(Tensor<float> values) =>
        tensor(values.ToArray(), [.. values.Dimensions.ToArray().Select(size => (long)size)]);

    static Tensor Of(Tensor<long> values) =>
        tensor(values.ToArray(), [.. values.Dimensions.ToArray().Select(size => (long)size)]);
}
