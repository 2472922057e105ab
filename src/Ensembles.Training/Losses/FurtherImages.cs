using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// The training images that a batch was taken from, for a loss that compares it with more of them than it holds.
/// </summary>
public sealed class FurtherImages
{
    readonly ILabeledImages training;
    readonly Module classifier;
    readonly Func<Tensor, Tensor> features;

    /// <summary>Images of a training set.</summary>
    /// <param name="training">The training images.</param>
    /// <param name="classifier">The classifier in training.</param>
    /// <param name="features">Its features [M, D] of images [M, C, H, W].</param>
    public FurtherImages(ILabeledImages training, Module classifier, Func<Tensor, Tensor> features) =>
        (this.training, this.classifier, this.features) = (training, classifier, features);

    /// <summary>
    /// Images drawn at random, in memory, none of them twice and some of the batch's own perhaps among them; all where
    /// there are fewer. They are not augmented. The caller disposes them.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">
    /// They follow from it alone; with <see cref="TrainingStep.Seed"/> a resumed run draws them again.
    /// </param>
    public LabeledImages Draw(int count, long seed)
    {
        var order = Enumerable.Range(0, training.Count).Select(i => (long)i).ToArray();
        new Random(unchecked((int)seed)).Shuffle(order);
        return training.Select(order.AsSpan(0, Math.Min(count, order.Length)));
    }

    /// <summary>
    /// Features [M, D] of images [M, C, H, W], differentiable in the classifier's parameters. In evaluation mode: a few
    /// images that were picked are no batch whose statistics would mean something.
    /// </summary>
    public Tensor Features(Tensor images)
    {
        using var mode = ModuleMode.Keep(classifier);
        classifier.eval();
        return features(images);
    }

    /// <summary>The same without a gradient, so many images at a time.</summary>
    public Tensor FeaturesToSearch(Tensor images, long atOnce)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return cat([.. images.split(atOnce).Select(Features)]).MoveToOuterDisposeScope();
    }
}
