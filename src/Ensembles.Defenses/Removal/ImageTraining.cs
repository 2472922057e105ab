using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>Trains modules on images alone, whatever their labels.</summary>
static class ImageTraining
{
    /// <summary>Trains a module behind the front of the options, and leaves it in evaluation mode.</summary>
    /// <param name="module">What is trained.</param>
    /// <param name="stage">What progress calls it.</param>
    /// <param name="training">Clean images.</param>
    /// <param name="options">Seed, length, optimizer, progress, checkpoint; validation is left out.</param>
    /// <param name="loss">The loss of the images of a batch.</param>
    public static void Train(
        Module module, string stage, ILabeledImages training, TrainingOptions options, Func<Tensor, Tensor> loss) =>
        Train(module, stage, training, options, (images, _) => Unclassified(loss(images)));

    /// <summary>Trains a module by a loss that knows the step, beside other modules.</summary>
    public static void Train(
        Module module, string stage, ILabeledImages training, TrainingOptions options,
        Func<Tensor, TrainingStep, BatchLoss> loss, Action<Trainer>? beside = null, Action? finish = null)
    {
        using var mode = options.Front is { } behind ? ModuleMode.Keep(behind) : null;
        options.Front?.eval();
        var trainer = new Trainer(module, options with { Validation = null }) { Stage = stage, Finish = finish };
        beside?.Invoke(trainer);
        trainer.Train(training, batch =>
        {
            using var _ = options.Front is null ? null : no_grad();
            var seen = options.Front is { } front ? front.call(batch.Images).clamp(0, 1) : batch.Images;
            using var recorded = enable_grad();
            return loss(seen, batch.Step);
        });
    }

    /// <summary>A loss of images that nothing is classified on: the accuracy is 0.</summary>
    public static BatchLoss Unclassified(Tensor loss) => new(loss, empty(0));

    /// <summary>Throws unless images have as many channels as the module was made for.</summary>
    /// <exception cref="ArgumentException">Another number of channels.</exception>
    public static void ThrowIfOtherChannels(Tensor images, int channels)
    {
        ImageShape.ThrowIfNot(images);
        if (images.size(1) != channels)
            throw new ArgumentException(
                $"This was made for images of {channels} channels; these have {images.size(1)}, and are "
                + $"{images.size(2)}x{images.size(3)}. The constructor takes the number.",
                nameof(images));
    }
}
