using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Few-shot marginalisation: features are learned from episodes, each a task of its own made of a few classes, as
/// prototypical networks do (Snell et al. 2017), so that they do not lean on what holds for one task alone. Afterwards
/// they are frozen, and a linear head is fitted on all classes. Smith proposes it; no source shows it as a defense.
/// </summary>
/// <remarks>
/// With a perturbation it is adversarial querying (Goldblum et al. 2020): queries are perturbed, the images that
/// prototypes are made of are not.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="ways">Classes of an episode, 2 or more and no more than there are.</param>
/// <param name="shots">Images of a class that its prototype is made of, 1 or more.</param>
/// <param name="queries">Images of a class that are classified, 1 or more.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Smith 2019, after Snell et al. 2017",
    UnderAttack = "Never shown under attack; falls to PGD without a perturbation of its queries.")]
[Claims<WorstCaseMarginalization>]
public sealed class FewShotClassifier(INetworkFactory networks, int ways = 5, int shots = 5, int queries = 15)
    : NetworkClassifier(networks)
{
    /// <summary>Classes of an episode.</summary>
    public int Ways { get; } = ways;

    /// <summary>Images of a class that its prototype is made of.</summary>
    public int Shots { get; } = shots;

    /// <summary>Images of a class that are classified.</summary>
    public int Queries { get; } = queries;

    /// <summary>Cross-entropy of a linear head, which is fitted at the end.</summary>
    public override TrainingLoss Loss { get; } = new LinearHeadLoss();

    /// <inheritdoc/>
    /// <remarks>
    /// Features and head train for the run's epochs each. The former keep a checkpoint beside that of the run.
    /// </remarks>
    public override void Train(ILabeledImages training, TrainingOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Ways, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(Shots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Queries, 1);
        var network = modules().OfType<FeatureNetwork>().First();
        if (network.ClassCount != training.ClassCount)
            throw new ArgumentException(
                $"The network has {network.ClassCount} classes and the training images have {training.ClassCount}.",
                nameof(training));
        LearnFeatures(training, options);
        FitHead(network, training, options);
    }

    /// <summary>-||h - c_k||^2 [N, P], of features [N, D] and prototypes [P, D].</summary>
    public static Tensor Logits(Tensor features, Tensor prototypes)
    {
        using var scope = NewDisposeScope();
        return (-(features.unsqueeze(1) - prototypes.unsqueeze(0)).pow(2).sum(2)).MoveToOuterDisposeScope();
    }

    void LearnFeatures(ILabeledImages training, TrainingOptions options)
    {
        var episode = new Episode(this);
        var run = options with
        {
            Sampling = new ClassSampling(Ways, Shots + Queries),
            CheckpointPath = options.CheckpointPath is { } path ? $"{path}.features" : null,
            // There is no head yet that could be measured.
            Validation = null,
        };
        new Trainer(this, run) { Stage = "features" }.Train(training, batch => OfEpisode(batch, episode));
    }

    /// <summary>
    /// The first images of each class are the prototype, c_k = mean h, the others queries; classes are numbered in the
    /// order they were drawn in. L is the cross-entropy of the queries for softmax(-||h - c_k||^2).
    /// </summary>
    BatchLoss OfEpisode(TrainingBatch batch, Episode episode)
    {
        var blocks = batch.Images.view([Ways, Shots + Queries, .. batch.Images.shape[1..]]);
        var asked = blocks.narrow(1, Shots, Queries).flatten(0, 1);
        var numbers = arange(Ways, device: batch.Labels.device).repeat_interleave(Queries);
        var support = features(blocks.narrow(1, 0, Shots).flatten(0, 1));
        var prototypes = support.view(Ways, Shots, -1).mean([1]);
        if (Perturbation is { } perturbation)
        {
            episode.Prototypes = prototypes.detach();
            asked = perturbation.Of(new PerturbedBatch(episode, asked, numbers, batch.Step));
        }

        var logits = Logits(features(asked), prototypes);
        var all = cat([Logits(support, prototypes).view(Ways, Shots, Ways), logits.view(Ways, Queries, Ways)], 1);
        var classes = batch.Labels.view(Ways, Shots + Queries).select(1, 0);
        var shown = full(batch.Labels.size(0), Loss.Head!.call(support).size(1), double.NegativeInfinity);
        return new BatchLoss(
            functional.cross_entropy(logits, numbers),
            shown.to(logits.device).index_copy(1, classes, all.flatten(0, 1).detach()));
    }

    void FitHead(FeatureNetwork network, ILabeledImages training, TrainingOptions options)
    {
        TorchSharp.Modules.Parameter[] frozen = [.. network.parameters().Where(p => p.requires_grad)];
        Array.ForEach(frozen, p => p.requires_grad = false);
        try
        {
            new Trainer(this, options) { Stage = "head" }.Train(training, batch =>
            {
                network.eval();
                Tensor h;
                using (no_grad())
                    h = features(batch.Images);
                var logits = Loss.Head!.call(h);
                return new BatchLoss(functional.cross_entropy(logits, batch.Labels), logits);
            });
        }
        finally
        {
            Array.ForEach(frozen, p => p.requires_grad = true);
        }
    }

    /// <summary>The classifier of an episode: the nearest prototype.</summary>
    sealed class Episode : Module<Tensor, Tensor>
    {
        readonly FewShotClassifier owner;

        public Episode(FewShotClassifier owner) : base(nameof(Episode))
        {
            this.owner = owner;
            register_module(nameof(owner), owner);
        }

        public Tensor? Prototypes { get; set; }

        public override Tensor forward(Tensor images)
        {
            using var h = owner.features(images);
            return Logits(h, Prototypes!);
        }

        protected override void RegisterComponents()
        {
        }
    }
}
