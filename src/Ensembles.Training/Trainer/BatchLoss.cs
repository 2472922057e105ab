using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>The loss of a batch, differentiable in the parameters, and the logits it came from.</summary>
/// <param name="Loss">A scalar.</param>
/// <param name="Logits">Float32 [N, K], for the training accuracy.</param>
public readonly record struct BatchLoss(Tensor Loss, Tensor Logits);
