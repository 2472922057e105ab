using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The conditions every strength is measured under, restored when disposed: evaluation mode (checked), parameters
/// frozen so that no gradient is left on them, a fixed seed, one dispose scope.
/// </summary>
/// <remarks>Of the global generators it restores the CPU's; a CUDA device's keeps the seed.</remarks>
sealed class Measurement : IDisposable
{
    const int Seed = 2019;

    readonly List<Parameter> frozen;
    readonly KeptGenerator generator = new();
    readonly DisposeScope scope;

    /// <exception cref="ArgumentException">No images.</exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public Measurement(Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        if (images.Count == 0)
            throw new ArgumentException("A strength is measured on images; there were none.", nameof(images));
        EvaluationMode.ThrowIfTraining(defense.modules().Prepend(defense), "The defense");
        EvaluationMode.ThrowIfTraining(twin.modules().Prepend(twin), "The twin");

        // BPDA also for non-differentiable modules that are no role of this library.
        SurrogateGradient.AttachAll(defense);
        frozen = [.. defense.parameters().Concat(twin.parameters()).Where(p => p.requires_grad)];
        frozen.ForEach(p => p.requires_grad = false);
        scope = NewDisposeScope();
        manual_seed(Seed);
        Noise = new Generator(Seed);
    }

    /// <summary>A CPU generator for the noise of this measurement.</summary>
    public Generator Noise { get; }

    public void Dispose()
    {
        Noise.Dispose();
        scope.Dispose();
        generator.Dispose();
        frozen.ForEach(p => p.requires_grad = true);
    }
}
