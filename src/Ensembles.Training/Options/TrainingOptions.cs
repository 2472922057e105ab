namespace Ensembles.Training;

/// <summary>How a defense is trained, apart from its own hyperparameters.</summary>
public sealed record TrainingOptions
{
    /// <summary>
    /// One seed reproduces a run bit for bit, given the initial weights, on one machine with one number of threads.
    /// Training seeds torch's global generator from it.
    /// </summary>
    public int Seed { get; init; }

    /// <summary>
    /// Passes of a plain network over the training images, 1 or more. A defense that needs more, or trains in several
    /// stages, says so.
    /// </summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Images in a batch, 1 or more; the last batch of an epoch may be smaller.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// Which images make up the batches of an epoch; null for every image once, in a random order, or for what the
    /// defense needs.
    /// </summary>
    public Sampling? Sampling { get; init; }

    /// <summary>The learning rate that the schedule starts from; positive.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>How the learning rate goes over the run.</summary>
    public LearningRateSchedule Schedule { get; init; } = new FallingSchedule();

    /// <summary>How weights follow their gradients, with their weight decay.</summary>
    public TrainingOptimizer Optimizer { get; init; } = new AdamOptimizer();

    /// <summary>
    /// The largest Euclidean norm of all gradients together; positive. Where it is exceeded, all are scaled down alike.
    /// Null for no limit.
    /// </summary>
    public double? GradientClipping { get; init; }

    /// <summary>What changes each batch at random, one after the other.</summary>
    public IReadOnlyList<Augmentation> Augmentations { get; init; } = [];

    /// <summary>
    /// b in (0, 1) for a moving average of the weights, a &lt;- b a + (1 - b) w after each step, which starts from the
    /// initial weights and takes the place of the weights at the end of the run. Null for none.
    /// </summary>
    public double? WeightAveraging { get; init; }

    /// <summary>
    /// What is measured after each epoch, so that the best weights are kept. Null keeps the last ones.
    /// </summary>
    public Validation? Validation { get; init; }

    /// <summary>
    /// What stands before the defense, as the fronts of an ensemble do: it is trained on what this makes of the images,
    /// and images are perturbed before it. It stays as it is, in evaluation mode. Null for nothing.
    /// </summary>
    public InputTransform? Front { get; init; }

    /// <summary>
    /// A loss over all members of an ensemble, by which its generated <c>Train</c> trains them together; null trains
    /// each by itself. A defense alone has no use for it.
    /// </summary>
    [NotPartOfIdentity]
    public IJointTraining? Joint { get; init; }

    /// <summary>Act at each step.</summary>
    public IReadOnlyList<ITrainingHook> Hooks { get; init; } = [];

    /// <summary>Hears of every batch.</summary>
    [NotPartOfIdentity]
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Stops the training between two batches with an <see cref="OperationCanceledException"/>.</summary>
    [NotPartOfIdentity]
    public CancellationToken Cancellation { get; init; }

    /// <summary>
    /// A file that holds everything in training after every epoch, in the format of <see cref="Checkpoint"/>; its
    /// folder exists. Where the file is there already the run continues from it, and ends as it would have without the
    /// interruption. Null keeps nothing.
    /// </summary>
    [NotPartOfIdentity]
    public string? CheckpointPath { get; init; }

    /// <summary>
    /// Whether that file is a cache: one of another run, or a damaged one, is replaced instead of refused, and the run
    /// is another one too if it starts from other weights, if one pixel differs, or if the code was built anew.
    /// </summary>
    [NotPartOfIdentity]
    public bool CheckpointIsCache { get; init; }

    /// <summary>
    /// The options of one component of an ensemble: progress carries the component's name before its stage, and the
    /// checkpoint is <c>{name}.safetensors</c> in the folder that <see cref="CheckpointPath"/> names.
    /// </summary>
    /// <param name="name">The component's name, such as that of the property that declares it.</param>
    public TrainingOptions For(string name) => this with
    {
        Progress = Progress is { } whole
            ? new ImmediateProgress<TrainingProgress>(p => whole.Report(p with { Stage = $"{name}: {p.Stage}" }))
            : null,
        CheckpointPath = CheckpointPath is { } folder ? Path.Combine(folder, $"{name}.safetensors") : null,
    };

    /// <summary>
    /// The options of an ensemble that is a member of another: progress carries its name, and its checkpoints lie in
    /// the folder <c>{name}</c>, which is made, in the one that <see cref="CheckpointPath"/> names.
    /// </summary>
    /// <param name="name">The name of the property that declares it.</param>
    public TrainingOptions Within(string name)
    {
        var folder = CheckpointPath is { } path ? Directory.CreateDirectory(Path.Combine(path, name)).FullName : null;
        return For(name) with { CheckpointPath = folder };
    }

    /// <summary>
    /// The options of a component behind fronts. They stand behind the <see cref="Front"/> there is, as those of an
    /// ensemble do that is a member of another with fronts.
    /// </summary>
    /// <param name="fronts">The fronts, in the order in which images pass them; none changes nothing.</param>
    public TrainingOptions Behind(params InputTransform[] fronts)
    {
        InputTransform[] all = Front is { } first ? [first, .. fronts] : fronts;
        return all.Length switch
        {
            0 => this,
            1 => this with { Front = all[0] },
            _ when fronts.Length == 0 => this,
            _ => this with { Front = new TransformChain(all) },
        };
    }

    /// <summary>
    /// Fits the vote of an ensemble whose members are trained on the images of <see cref="Validation"/>, attacked as
    /// that says; does nothing where there are none, or nothing to fit. Generated code calls it.
    /// </summary>
    /// <param name="ensemble">The ensemble.</param>
    public void FitVote(Ensemble ensemble)
    {
        if (Validation is { } validation && ensemble.Components.Vote is not null)
            validation.FitVote(ensemble, Seed, Cancellation);
    }

    /// <summary>
    /// Throws before the first step where <see cref="FitVote"/> could not do its work after the last. Generated code
    /// calls it.
    /// </summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <exception cref="ArgumentException">Validation images without the attack that the voting rule needs.</exception>
    public void ThrowIfVoteCannotBeFitted(Ensemble ensemble)
    {
        if (Validation is { } validation)
            ensemble.Components.Vote?.ThrowIfAttackIsMissing(validation.Attack is not null);
    }

    /// <exception cref="ArgumentOutOfRangeException">A number that makes no sense; the message says which.</exception>
    internal void ThrowIfInvalid()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        if (LearningRate is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(
                nameof(LearningRate), LearningRate, "A learning rate is positive and finite, for example 0.001.");
        if (GradientClipping is not null and not > 0)
            throw new ArgumentOutOfRangeException(
                nameof(GradientClipping), GradientClipping, "The largest norm of the gradients is positive.");
        if (WeightAveraging is not null and not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(WeightAveraging), WeightAveraging, "An average keeps a share in (0, 1), for example 0.995.");
    }

    /// <summary>
    /// A seed for part <paramref name="part"/> of the run (an epoch, a source network). Parts below a million never
    /// share one. torch's generator on the CPU uses the lowest 32 bits of a seed, so the parts cannot be told apart in
    /// higher ones.
    /// </summary>
    internal static int SeedOf(int seed, int part) => unchecked((seed * 1_000_003) + part);
}
