using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Computes networks on the CPU in the place of torch, for plans, which need no gradients: ONNX Runtime is one,
/// <c>OnnxEngine</c> of the package Ensembles.Onnx.
/// </summary>
public abstract class InferenceEngine
{
    internal InferenceEngine()
    {
    }

    /// <summary>What it is called.</summary>
    internal abstract string Name { get; }

    /// <summary>
    /// A whole ensemble, with its weights, thresholds and fitted numbers of this moment: images to
    /// <see cref="EngineOutputs"/>.
    /// </summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="imageShape">Channels, height and width of the images.</param>
    /// <exception cref="GraphException">It cannot be written down; the message says why, as a sentence.</exception>
    internal abstract EngineSession Open(Ensemble ensemble, IReadOnlyList<long> imageShape);

    /// <summary>A module in evaluation mode, with its weights of this moment; it has one output.</summary>
    /// <param name="module">The module.</param>
    /// <param name="samples">What it is given, float32 [n, ...].</param>
    /// <exception cref="GraphException">It cannot be written down; the message says why, as a sentence.</exception>
    internal abstract EngineSession Open(nn.Module<Tensor, Tensor> module, Tensor samples);
}

/// <summary>A network or an ensemble in an engine. Several threads may run it at once.</summary>
abstract class EngineSession : IDisposable
{
    /// <summary>How many numbers the largest value between two operations has for an image.</summary>
    public abstract long LargestValue { get; }

    /// <summary>The outputs for images, new tensors that belong to the dispose scope around.</summary>
    /// <param name="images">Float32 [N, ...] on the CPU, N at least 1.</param>
    public abstract IReadOnlyList<Tensor> Run(Tensor images);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>The order of the outputs of an ensemble.</summary>
enum EngineOutputs
{
    /// <summary>int64 [N].</summary>
    Labels,

    /// <summary>float32 [N, K].</summary>
    Scores,

    /// <summary>float32 [M, N, K].</summary>
    MemberLogits,

    /// <summary>float32 [G, N]; left out where there are no gates.</summary>
    GateScores,
}
