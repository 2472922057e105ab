using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// A defense that classifies: images, float32 [N, C, H, W] in [0, 1], to logits, float32 [N, K].
/// Normalisation belongs inside. A subclass calls <c>RegisterComponents()</c> at the end of its constructor.
/// </summary>
public abstract class Classifier : Module<Tensor, Tensor>
{
    /// <summary>Creates the module under the name given.</summary>
    protected Classifier(string name = nameof(Classifier)) : base(name) => SurrogateGradient.Attach(this);
}
