using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>
/// ONNX Runtime in plans on the CPU: <c>new CompileOptions(1, 28, 28) { Engine = new OnnxEngine() }</c>. The
/// application references the package Microsoft.ML.OnnxRuntime, which has its native library.
/// </summary>
/// <remarks>It takes as many threads as torch has when a plan is made.</remarks>
public sealed class OnnxEngine : InferenceEngine
{
    internal override string Name => "ONNX Runtime";

    internal override EngineSession Open(Ensemble ensemble, IReadOnlyList<long> imageShape)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        try
        {
            return new OnnxSession(EnsembleGraph.Of(ensemble, imageShape));
        }
        catch (NotCapturedException exception)
        {
            throw new GraphException(
                exception.Component is { } name ? $"{name}: {exception.Message}" : exception.Message);
        }
    }

    internal override EngineSession Open(nn.Module<Tensor, Tensor> module, Tensor samples)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return new OnnxSession(ModuleGraphs.Captured(module, samples));
    }
}
