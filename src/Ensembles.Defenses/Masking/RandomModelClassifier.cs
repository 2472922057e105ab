using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// One of K networks, drawn anew for each image, answers (the random choice of a model in Smith 2019 and in Xu et al.
/// 2019 [38]).
/// </summary>
/// <remarks>
/// The risk of a perturbation is the probability of the networks that it fools: one that fools all is as good as
/// against a single network, and who may try again wins against any risk above 0 in the end.
/// </remarks>
[Defense(
    Category.GradientMasking,
    Source = "Smith 2019",
    UnderAttack = "Falls to PGD on gradients averaged over its networks (EOT): one perturbation fools them all.")]
[Claims<TestTimeRandomness>]
public sealed class RandomModelClassifier : Classifier, IRandomized, ITrainable
{
    readonly FeatureNetwork[] networks;
    double[] probabilities;

    /// <summary>Makes an untrained classifier of several networks.</summary>
    /// <param name="networks">Makes the networks.</param>
    /// <param name="count">K, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">No networks.</exception>
    public RandomModelClassifier(INetworkFactory networks, int count = 3) : this(Made(networks, count))
    {
    }

    RandomModelClassifier(FeatureNetwork[] networks) : base(nameof(RandomModelClassifier))
    {
        this.networks = networks;
        probabilities = [.. Enumerable.Repeat(1.0 / networks.Length, networks.Length)];
        for (var i = 0; i < networks.Length; i++)
            register_module($"network{i}", networks[i]);
    }

    /// <summary>Draws among networks that are trained already; they belong to the classifier from now on.</summary>
    /// <param name="trained">At least one, each with the same classes.</param>
    /// <exception cref="ArgumentException">No networks, or networks of other numbers of classes.</exception>
    public static RandomModelClassifier Of(params FeatureNetwork[] trained)
    {
        if (trained.Length == 0)
            throw new ArgumentException("There is no network to draw.", nameof(trained));
        if (trained.FirstOrDefault(network => network.ClassCount != trained[0].ClassCount) is { } other)
            throw new ArgumentException(
                $"{other.GetName()} has {other.ClassCount} classes and the first network has {trained[0].ClassCount}.",
                nameof(trained));
        return new([.. trained]);
    }

    /// <summary>The networks.</summary>
    public IReadOnlyList<FeatureNetwork> Networks => networks;

    /// <summary>The probability of each network; the same for all unless set.</summary>
    /// <exception cref="ArgumentException">Not one number for each network, 0 or more, that sum to 1.</exception>
    public IReadOnlyList<double> Probabilities
    {
        get => probabilities;
        set
        {
            if (value.Count != networks.Length || !value.All(p => p >= 0) || Math.Abs(value.Sum() - 1) > 1e-6)
                throw new ArgumentException(
                    $"There are {networks.Length} networks, so {networks.Length} probabilities that sum to 1; these "
                    + $"are {string.Join(", ", value)}.",
                    nameof(value));
            probabilities = [.. value];
        }
    }

    /// <inheritdoc/>
    public int EotSamples { get; init; } = 10;

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        var count = images.size(0);
        if (count == 0)
            return networks[0].call(images);
        using var scope = NewDisposeScope();
        var drawn = tensor(probabilities).multinomial(count, replacement: true).to(images.device);
        var order = new List<Tensor>();
        var answers = new List<Tensor>();
        for (var i = 0; i < networks.Length; i++)
        {
            var rows = drawn.eq(i).nonzero().flatten();
            if (rows.size(0) == 0)
                continue;
            order.Add(rows);
            answers.Add(networks[i].call(images.index_select(0, rows)));
        }
        return cat(answers).index_select(0, cat(order).argsort()).MoveToOuterDisposeScope();
    }

    /// <summary>Trains all networks on the same batches, each on its own cross-entropy.</summary>
    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options)
    {
        foreach (var network in networks)
            network.ThrowIfOtherClasses(training);
        using var mode = options.Front is { } behind ? ModuleMode.Keep(behind) : null;
        options.Front?.eval();
        new Trainer(this, options)
        {
            Validated = options.Front is { } front ? new BehindFront(front, this) : null,
        }.Train(training, LossOf);

        BatchLoss LossOf(TrainingBatch batch)
        {
            var seen = options.Front is { } front ? front.call(batch.Images) : batch.Images;
            Tensor[] logits = [.. networks.Select(network => network.call(seen))];
            var losses = logits.Select(z => functional.cross_entropy(z, batch.Labels));
            var loss = losses.Aggregate((sum, term) => sum + term);
            return new BatchLoss(loss, stack(logits).mean([0]));
        }
    }

    /// <summary>Does nothing: the networks are registered already.</summary>
    protected override void RegisterComponents()
    {
    }

    static FeatureNetwork[] Made(INetworkFactory networks, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return [.. Enumerable.Range(0, count).Select(_ => networks.Create())];
    }
}
