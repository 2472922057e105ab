using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>Proves of each image how far it can change before a classifier may give it another label.</summary>
public abstract class Certifier
{
    private protected Certifier()
    {
    }

    /// <summary>Images that are certified at once: what memory has to hold.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Labels, or abstention, and radii of images.</summary>
    /// <param name="classifier">Images [N, C, H, W] to logits [N, K], in evaluation mode.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <exception cref="ArgumentException">Other images than those.</exception>
    /// <exception cref="InvalidOperationException">A classifier in training mode.</exception>
    /// <exception cref="NotSupportedException">A classifier that this certifier cannot follow; the message says what
    /// it cannot.</exception>
    public Certificate Certify(Module<Tensor, Tensor> classifier, Tensor images)
    {
        ThrowIfTraining(classifier);
        return InBatches(images, batch => Batch(classifier, batch));
    }

    /// <summary>Throws where a module or a part of it is in training mode.</summary>
    internal static void ThrowIfTraining(Module module)
    {
        if (module.modules().Prepend(module).FirstOrDefault(part => part.training) is { } training)
            throw new InvalidOperationException(
                $"{training.GetName()} is in training mode, and a certificate is of answers in a test: call eval() "
                + "first.");
    }

    /// <summary>The certificate of so many images as are certified at once.</summary>
    private protected abstract Certificate Batch(Module<Tensor, Tensor> classifier, Tensor images);

    private protected Certificate InBatches(Tensor images, Func<Tensor, Certificate> certify)
    {
        ImageChecks.ThrowIfNotImages(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        if (images.size(0) == 0)
            throw new ArgumentException("There are no images to certify.", nameof(images));
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var parts = new List<Certificate>();
        for (var start = 0L; start < images.size(0); start += BatchSize)
        {
            using var part = NewDisposeScope();
            var batch = images.narrow(0, start, Math.Min(BatchSize, images.size(0) - start));
            parts.Add(certify(batch).MoveToOuterDisposeScope());
        }

        return Certificate.Joined(parts).MoveToOuterDisposeScope();
    }
}
