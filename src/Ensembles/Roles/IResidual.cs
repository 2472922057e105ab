using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// A module that adds a branch to a shortcut: its <c>forward</c>, in evaluation mode, is after(branch(b) + shortcut(b))
/// with b = before(x) and nothing else, where each of the four is layers called one after the other.
/// </summary>
/// <remarks>
/// It is to a sum what <see cref="ILayered"/> is to a row of layers. As there, what acts in training only may be left
/// out of the lists or stay.
/// </remarks>
public interface IResidual
{
    /// <summary>What branch and shortcut share; none for the input itself.</summary>
    IReadOnlyList<Module<Tensor, Tensor>> Before { get; }

    /// <summary>The layers whose result is added.</summary>
    IReadOnlyList<Module<Tensor, Tensor>> Branch { get; }

    /// <summary>The layers beside the branch; none where the input itself is added.</summary>
    IReadOnlyList<Module<Tensor, Tensor>> Shortcut { get; }

    /// <summary>What the sum passes through; none for nothing.</summary>
    IReadOnlyList<Module<Tensor, Tensor>> After { get; }
}
