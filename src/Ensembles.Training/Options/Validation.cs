using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Measures the classifier after each epoch on images it is not trained on; the weights of the best epoch are kept.
/// Adversarial training overfits: its robust accuracy falls again while its clean accuracy rises (Rice et al. 2020).
/// </summary>
/// <param name="Images">Images that are not among the training images.</param>
public sealed record Validation(ILabeledImages Images)
{
    /// <summary>
    /// How many images are measured at once, in memory or not: what an attack draws at random depends on it.
    /// </summary>
    const int Part = 512;

    /// <summary>
    /// What the images are attacked with, together with <see cref="Threat"/>; null measures clean accuracy.
    /// </summary>
    public IAttack? Attack { get; init; }

    /// <summary>What the attack may change.</summary>
    public ThreatModel? Threat { get; init; }

    /// <summary>Training stops after this many epochs without a better figure; null trains all epochs.</summary>
    public int? Patience { get; init; }

    /// <exception cref="ArgumentException">
    /// An attack without a threat model, no images, or a patience below 1.
    /// </exception>
    internal void ThrowIfInvalid()
    {
        if (Attack is null != Threat is null)
            throw new ArgumentException("Validation under an attack needs both Attack and Threat.");
        if (Images.Count == 0)
            throw new ArgumentException("There are no images to validate on.");
        if (Patience < 1)
            throw new ArgumentException("Patience is a number of epochs, 1 or more.");
    }

    /// <summary>
    /// Robust accuracy: the share of all images that are right when clean and, where there is an attack, under it. The
    /// classifier is in evaluation mode.
    /// </summary>
    internal double Measure(Module<Tensor, Tensor> classifier, Device device, int seed, CancellationToken cancellation)
    {
        var options = new AttackOptions { Seed = seed, Cancellation = cancellation };
        var right = 0L;
        foreach (var indices in Enumerable.Range(0, Images.Count).Select(i => (long)i).Chunk(Part))
        {
            using var part = Images.Select(indices);
            right += Right(classifier, part, device, options);
        }

        return right / (double)Images.Count;
    }

    /// <summary>Fits an ensemble's vote on the images, all of them in memory at once.</summary>
    internal void FitVote(Ensemble ensemble, int seed, CancellationToken cancellation)
    {
        using var all = Images.Select([.. Enumerable.Range(0, Images.Count).Select(i => (long)i)]);
        var device = ensemble.Components.Rule.Weights.device;
        using var here = all.To(device);
        if (Attack is { } attack)
            ensemble.FitVote(here, attack, Threat!, new AttackOptions { Seed = seed, Cancellation = cancellation });
        else
            ensemble.FitVote(here);
    }

    long Right(Module<Tensor, Tensor> classifier, LabeledImages part, Device device, AttackOptions options)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var labels = part.Labels.to(device);
        var images = part.Images.to(device);
        var right = cat([.. images.split(128).Select(classifier.call)]).argmax(1).eq(labels);
        if (Attack is not { } attack || !right.any().item<bool>())
            return right.sum().item<long>();

        using var result = attack.Run(classifier, images[right], labels[right], Threat!, options);
        return result.Success.Count(success => !success);
    }
}
