using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A classifier that sees images through a front. It owns neither: it lives no longer than they do, and is not to be
/// disposed of.
/// </summary>
[Compiled]
public sealed partial class BehindFront : Classifier
{
    readonly InputTransform front;
    readonly Module<Tensor, Tensor> classifier;

    /// <summary>Puts a classifier behind a front.</summary>
    /// <param name="front">Images to what the classifier sees.</param>
    /// <param name="classifier">What the front makes of images, to logits [N, K].</param>
    public BehindFront(InputTransform front, Module<Tensor, Tensor> classifier) : base(nameof(BehindFront))
    {
        (this.front, this.classifier) = (front, classifier);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        using var seen = front.call(images);
        return classifier.call(seen);
    }
}
