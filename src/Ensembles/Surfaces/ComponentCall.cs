using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// How a surface calls its components that draw no random numbers. Attacks hand one to
/// <see cref="AttackSurface.Evaluate"/>, so that a plan may answer in a component's place, with the same numbers but
/// for rounding.
/// </summary>
/// <param name="component">A member or a gate of the defense.</param>
/// <param name="images">Float32 [N, C, H, W].</param>
/// <returns>What the component gives for the images: logits [N, K] or scores [N].</returns>
public delegate Tensor ComponentCall(Module<Tensor, Tensor> component, Tensor images);
