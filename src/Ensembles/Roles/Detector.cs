using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// A defense that detects: images, float32 [N, C, H, W] in [0, 1], to one score an image, float32 [N].
/// A higher score is more suspicious.
/// </summary>
public abstract class Detector : Module<Tensor, Tensor>
{
    /// <summary>Creates the module under the name given.</summary>
    protected Detector(string name = nameof(Detector)) : base(name) => SurrogateGradient.Attach(this);
}
