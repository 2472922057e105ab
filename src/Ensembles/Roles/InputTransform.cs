using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// A defense in front of a network: images, float32 [N, C, H, W] in [0, 1], to what the network sees, [N, C', H', W'].
/// Compose it with <c>transform.call(images)</c>, not <c>forward</c>, so that its surrogate gradient takes part.
/// </summary>
public abstract class InputTransform : Module<Tensor, Tensor>
{
    /// <summary>Creates the module under the name given.</summary>
    protected InputTransform(string name = nameof(InputTransform)) : base(name) => SurrogateGradient.Attach(this);
}
