using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// A module whose <c>forward</c>, in evaluation mode, is its layers called one after the other and nothing else. A
/// compiled plan may then replace the whole of it: batch normalisation goes into the convolution before it, activations
/// happen in place, equal networks run as one.
/// </summary>
/// <remarks>
/// Compiling compares the layers with <c>forward</c> on sample images and refuses when they differ. A module with
/// <see cref="CompiledAttribute"/> needs no such list: its <c>forward</c> is read. Certificates do, which bound layer
/// by layer and are asked about modules of any origin. A module with neither keeps its own <c>forward</c> in a plan.
/// Attacks use plans of the same kind, with gradients, of modules that are layers throughout, and leave the verdict to
/// <c>forward</c>.
/// </remarks>
public interface ILayered
{
    /// <summary>
    /// The layers in the order they are called. What acts in training only, such as dropout, may be left out or stay.
    /// </summary>
    IReadOnlyList<Module<Tensor, Tensor>> Layers { get; }
}
