using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>Trains transforms on images alone, whatever their labels.</summary>
static class ImageTraining
{
    /// <summary>Trains a transform behind the front of the options, and leaves it in evaluation mode.</summary>
    /// <param name="transform">What is trained.</param>
    /// <param name="stage">What progress calls it.</param>
    /// <param name="training">Clean images.</param>
    /// <param name="options">Seed, length, optimizer, progress, checkpoint; validation is left out.</param>
    /// <param name="loss">The loss of the images of a batch.</param>
    public static void Train(
        InputTransform transform, string stage, ILabeledImages training, TrainingOptions options,
        Func<Tensor, Tensor> loss)
    {
        options.Front?.eval();
        new Trainer(transform, options with { Validation = null }) { Stage = stage }.Train(training, batch =>
        {
            using var _ = options.Front is null ? null : no_grad();
            var seen = options.Front is { } front ? front.call(batch.Images).clamp(0, 1) : batch.Images;
            using var recorded = enable_grad();
            // Nothing is classified: no label is ever right.
            var nothing = -functional.one_hot(batch.Labels, training.ClassCount).to(seen.dtype);
            return new BatchLoss(loss(seen), nothing);
        });
    }

    /// <summary>Throws unless images have as many channels as the transform was made for.</summary>
    /// <exception cref="ArgumentException">Another number of channels.</exception>
    public static void ThrowIfOtherChannels(Tensor images, int channels)
    {
        ImageShape.ThrowIfNot(images);
        if (images.size(1) != channels)
            throw new ArgumentException(
                $"The transform was made for images of {channels} channels; these have {images.size(1)}. "
                + "Its constructor takes the number.",
                nameof(images));
    }
}
