using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>Proves of each image how far it can change before a classifier may give it another label.</summary>
public abstract class Certifier
{
    private protected Certifier()
    {
    }

    /// <summary>Labels, or abstention, and radii of images.</summary>
    /// <param name="classifier">Images [N, C, H, W] to logits [N, K], in evaluation mode.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <param name="progress">Receives the share of the work done, in [0, 1].</param>
    /// <param name="cancellation">Stops it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">Other images than those.</exception>
    /// <exception cref="InvalidOperationException">A classifier in training mode.</exception>
    /// <exception cref="NotSupportedException">A classifier that this certifier cannot follow; the message says what
    /// it cannot.</exception>
    public Certificate Certify(
        Module<Tensor, Tensor> classifier, Tensor images, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ThrowIfTraining(classifier);
        ThrowIfNoImages(images);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return Certify(classifier, images, new Work(progress, cancellation)).MoveToOuterDisposeScope();
    }

    /// <summary>Throws where a module or a part of it is in training mode.</summary>
    internal static void ThrowIfTraining(Module module)
    {
        if (module.modules().Prepend(module).FirstOrDefault(part => part.training) is { } training)
            throw new InvalidOperationException(
                $"{training.GetName()} is in training mode, and a certificate is of answers in a test: call eval() "
                + "first.");
    }

    /// <summary>Throws where there are no images, or other tensors than images.</summary>
    internal static void ThrowIfNoImages(Tensor images)
    {
        ImageChecks.ThrowIfNotImages(images);
        if (images.size(0) == 0)
            throw new ArgumentException("There are no images to certify.", nameof(images));
    }

    private protected abstract Certificate Certify(Module<Tensor, Tensor> classifier, Tensor images, Work work);
}
