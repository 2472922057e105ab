using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Randomised smoothing (Cohen et al. 2019): the smoothed classifier gives an image the label that the base gives most
/// often under Gaussian noise, and a label of probability at least p keeps its majority within sigma Phi^-1(p) in L2.
/// </summary>
/// <remarks>
/// <para>A few draws pick the label, others count it, and p is the exact lower bound of Clopper and Pearson; where it
/// is
/// not above one half the smoothed classifier abstains. So a certificate is true with probability 1 - alpha. It is one
/// of the smoothed classifier, whatever the base is: transforms without gradients, random members, and whole ensembles,
/// whose REJECT is one more class.</para>
/// <para>What the noise takes out of [0, 1] is cut off, as in training on <see cref="Training.GaussianPerturbation"/>:
/// the base then begins with the cut. A radius r in L2 holds r / sqrt(D) in Linf for D pixel values, and no
/// more.</para>
/// </remarks>
/// <param name="deviation">sigma, in pixel values in [0, 1]; positive.</param>
public sealed class RandomizedSmoothing(double deviation) : Certifier
{
    /// <summary>sigma, the standard deviation of the noise.</summary>
    public double Deviation { get; } = deviation > 0 && double.IsFinite(deviation)
        ? deviation
        : throw new ArgumentOutOfRangeException(
            nameof(deviation), deviation, "The noise has a positive deviation, for example 0.25.");

    /// <summary>Draws that pick the label, 1 or more.</summary>
    public int Selecting { get; init; } = 100;

    /// <summary>Draws that count it, 1 or more; the source takes 100,000. They bound the radius: all of n alike give
    /// p = alpha^(1/n).</summary>
    public int Counting { get; init; } = 10_000;

    /// <summary>alpha, the probability that a certificate is wrong, in (0, 1).</summary>
    public double Alpha { get; init; } = 0.001;

    /// <summary>Noisy images that the base is shown at once.</summary>
    public int DrawsAtOnce { get; init; } = 512;

    /// <summary>The noise follows from it and from the place of the image.</summary>
    public int Seed { get; init; }

    /// <summary>Labels, or abstention, and radii in L2 of a whole ensemble under noise.</summary>
    /// <param name="ensemble">In evaluation mode, its gates calibrated.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <returns>
    /// <see cref="Decision.Reject"/> where the ensemble rejects most noisy images, or no label is sure.
    /// </returns>
    /// <exception cref="InvalidOperationException">An ensemble in training mode.</exception>
    public Certificate Certify(Ensemble ensemble, Tensor images)
    {
        ThrowIfTraining(ensemble);
        return Certify(images, noisy =>
        {
            using var decision = ensemble.call(noisy);
            return decision.Labels.alias();
        });
    }

    /// <summary>The same of components that decide together.</summary>
    /// <param name="components">Who decides and how; all in evaluation mode, gates calibrated.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <inheritdoc cref="Certify(Ensemble, Tensor)"/>
    public Certificate Certify(Components components, Tensor images)
    {
        components.ThrowIfUncalibrated();
        foreach (var component in components.All)
            ThrowIfTraining(component.Module);
        return Certify(images, noisy =>
        {
            var (logits, scores) = components.Ask(noisy, (component, seen) => Draws.Answer(component.Module, seen));
            return components.Rule.Decide(logits, scores).Labels;
        });
    }

    private protected override Certificate Batch(Module<Tensor, Tensor> classifier, Tensor images) =>
        Certify(images, noisy => Ballot.Argmax(classifier.call(noisy)));

    /// <summary>The certificate of a function from noisy images to labels, -1 for none.</summary>
    Certificate Certify(Tensor images, Func<Tensor, Tensor> decide)
    {
        ThrowIfInvalid();
        ImageChecks.ThrowIfNotImages(images);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (labels, radii) = (new long[images.size(0)], new double[images.size(0)]);
        for (var i = 0; i < labels.Length; i++)
        {
            using var generator = new Generator((ulong)Seeds.Of(Seed, Place(images, i)));
            var image = images.narrow(0, i, 1);
            var picked = Counts(image, Selecting, generator, decide);
            var label = picked.MaxBy(count => count.Value).Key;
            var counted = Counts(image, Counting, generator, decide).GetValueOrDefault(label);
            var probability = ClopperPearson.Lower(counted, Counting, Alpha);
            var sure = probability > 0.5 && label != Decision.Reject;
            labels[i] = sure ? label : Decision.Reject;
            radii[i] = sure ? Radius(probability) : 0;
        }

        return new Certificate(tensor(labels), tensor(radii), Norm.L2)
        {
            Confidence = 1 - Alpha,
            Remark = $"of the ensemble or classifier smoothed by noise of deviation {Deviation}",
        }.MoveToOuterDisposeScope();
    }

    /// <summary>sigma Phi^-1(p), rounded down.</summary>
    internal double Radius(double probability)
    {
        using var scope = NewDisposeScope();
        return Deviation * special.ndtri(tensor(probability, ScalarType.Float64)).item<double>() * (1 - 1e-9);
    }

    /// <summary>How often each label is given to noisy images.</summary>
    Dictionary<long, long> Counts(Tensor image, int draws, Generator generator, Func<Tensor, Tensor> decide)
    {
        var counts = new Dictionary<long, long>();
        for (var done = 0; done < draws; done += DrawsAtOnce)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(DrawsAtOnce, draws - done);
            var noise = randn([count, .. image.shape[1..]], generator: generator).to(image.device);
            var noisy = (image + (Deviation * noise)).clamp(0, 1);
            foreach (var label in decide(noisy).cpu().data<long>())
                counts[label] = counts.GetValueOrDefault(label) + 1;
        }

        return counts;
    }

    /// <summary>The image's own seed: the noise of an image is the same whatever it is certified with.</summary>
    static int Place(Tensor images, int i)
    {
        using var scope = NewDisposeScope();
        return BitConverter.SingleToInt32Bits(images[i].sum().item<float>());
    }

    void ThrowIfInvalid()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Selecting, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Counting, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(DrawsAtOnce, 1);
        if (Alpha is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(Alpha), Alpha, "Alpha is the probability of a wrong certificate, in (0, 1).");
    }
}
