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
    /// <param name="progress">Receives the share of the work done, in [0, 1].</param>
    /// <param name="cancellation">Stops it with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// <see cref="Decision.Reject"/> where the ensemble rejects most noisy images, or no label is sure.
    /// </returns>
    /// <exception cref="InvalidOperationException">An ensemble in training mode.</exception>
    public Certificate Certify(
        Ensemble ensemble, Tensor images, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ThrowIfTraining(ensemble);
        return Certify(
            images,
            noisy =>
            {
                using var decision = ensemble.call(noisy);
                return decision.Labels.alias();
            },
            new Work(progress, cancellation));
    }

    /// <summary>The same of components that decide together.</summary>
    /// <param name="components">Who decides and how; all in evaluation mode, gates calibrated.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <param name="progress">Receives the share of the work done, in [0, 1].</param>
    /// <param name="cancellation">Stops it with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Certify(Ensemble, Tensor, IProgress{double}, CancellationToken)"/>
    public Certificate Certify(
        Components components, Tensor images, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        components.ThrowIfUncalibrated();
        foreach (var component in components.All)
            ThrowIfTraining(component.Module);
        return Certify(
            images,
            noisy =>
            {
                var (logits, scores) = components.Ask(noisy, (component, seen) => Draws.Answer(component.Module, seen));
                return components.Rule.Decide(logits, scores).Labels;
            },
            new Work(progress, cancellation));
    }

    private protected override Certificate Certify(Module<Tensor, Tensor> classifier, Tensor images, Work work) =>
        Certify(images, noisy => Ballot.Argmax(classifier.call(noisy)), work);

    /// <summary>
    /// The certificate of the vote of so many noisy copies, each for the highest of its logits: within a radius they
    /// are outvoted with probability alpha at most.
    /// </summary>
    internal Certificate CertifyVote(
        Module<Tensor, Tensor> module, int copies, Func<Tensor, Tensor> logits, Tensor images,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        ThrowIfTraining(module);
        ThrowIfInvalid();
        return Certify(
            images, noisy => Ballot.Argmax(logits(noisy)), new Work(progress, cancellation), Winning(copies)) with
        {
            Confidence = 1 - (2 * Alpha),
            Remark = $"of the vote of {copies} copies under noise of deviation {Deviation}",
        };
    }

    /// <summary>
    /// The least probability of a copy's label at which more than half of m copies give it with probability 1 - alpha:
    /// the rest, m / 2 or more, has to have probability alpha at most.
    /// </summary>
    internal double Winning(int copies) =>
        1 - ClopperPearson.Lower(copies - (copies / 2), copies, Alpha);

    /// <summary>The certificate of a function from noisy images to labels, -1 for none.</summary>
    /// <param name="images">The images.</param>
    /// <param name="decide">The function.</param>
    /// <param name="work">Whom to tell.</param>
    /// <param name="winning">How probable the label has to be everywhere in the ball, above one half or it.</param>
    Certificate Certify(Tensor images, Func<Tensor, Tensor> decide, Work work, double winning = 0.5)
    {
        ThrowIfInvalid();
        ThrowIfNoImages(images);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (labels, radii) = (new long[images.size(0)], new double[images.size(0)]);
        for (var i = 0; i < labels.Length; i++)
        {
            using var generator = new Generator((ulong)Seeds.Of(Seed, Place(images, i)));
            var image = images.narrow(0, i, 1);
            var part = work.Part(i, labels.Length);
            part.At(0);
            var picked = Counts(image, Selecting, generator, decide, part with { Progress = null });
            var label = picked.MaxBy(count => count.Value).Key;
            var counted = Counts(image, Counting, generator, decide, part).GetValueOrDefault(label);
            var probability = ClopperPearson.Lower(counted, Counting, Alpha);
            var sure = probability > winning && label != Decision.Reject;
            labels[i] = sure ? label : Decision.Reject;
            radii[i] = sure ? Math.Max(0, Radius(probability) - (winning > 0.5 ? Radius(winning) * (1 + 1e-8) : 0)) : 0;
        }

        work.At(1);
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
    Dictionary<long, long> Counts(
        Tensor image, int draws, Generator generator, Func<Tensor, Tensor> decide, Work work)
    {
        var counts = new Dictionary<long, long>();
        for (var done = 0; done < draws; done += DrawsAtOnce)
        {
            work.At((double)done / draws);
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
