using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>The loss of a batch, differentiable in the parameters, and the logits it came from.</summary>
/// <param name="Loss">A scalar.</param>
/// <param name="Logits">
/// Float32 [N, K], for the training accuracy; [0] where nothing is classified, which counts as wrong.
/// </param>
public readonly record struct BatchLoss(Tensor Loss, Tensor Logits)
{
    /// <summary>
    /// Those of the modules in training that this loss moves, as where two take turns; null for all of them.
    /// </summary>
    public IReadOnlyList<Module>? Moved { get; init; }
}
