using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Searches a pool of trained defenses for the ensemble that withstands most: every set of classifiers under every
/// voting rule, behind every set of gates at every rate.
/// </summary>
/// <remarks>
/// <para>Every classifier of the pool is attacked alone. The whole pool is asked once about the clean images and about
/// all that was found, and every ensemble decides on these answers, which costs no forward pass. What that leaves of an
/// ensemble is an upper bound. So those on the Pareto front (clean accuracy, robust accuracy, forwards) are attacked,
/// the most promising one first, each by an attack built for it; what breaks one is tried on all others, and the front
/// is drawn anew, until all of it is attacked or the budget is spent.</para>
/// <para>The best of many is the best partly by luck. The winner is therefore measured again on images that had no part
/// in choosing it: attacked, checked, and compared with each of its members and with the best classifier of the pool,
/// image by image, with Holm's correction. How much lower it is there is said.</para>
/// <para>Several processes with one <see cref="ResultsFolder"/> share the attacks on the classifiers, the checks and
/// what is judged; of the front each attack says which is next, so that one process does it and the others wait.</para>
/// </remarks>
public sealed record EnsembleSearch
{
    /// <summary>
    /// The classifiers of the pool, trained, in evaluation mode, under names that a property can have.
    /// </summary>
    public required IReadOnlyList<Named<Classifier>> Classifiers { get; init; }

    /// <summary>The detectors of the pool, trained, in evaluation mode; none by default.</summary>
    public IReadOnlyList<Named<Detector>> Detectors { get; init; } = [];

    /// <summary>The images that ensembles are chosen on, used neither in training nor to calibrate gates.</summary>
    public required LabeledImages Images { get; init; }

    /// <summary>The images that the winner is judged on, used for nothing else.</summary>
    public required LabeledImages HeldOut { get; init; }

    /// <summary>Clean images [N, C, H, W] that gates are calibrated on; null where there are no detectors.</summary>
    public Tensor? ValidationImages { get; init; }

    /// <summary>What the attacker may change.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>The attacks; for each image the worst of them counts.</summary>
    public required IReadOnlyList<IAttack> Attacks { get; init; }

    /// <summary>
    /// What counts as withstood: <see cref="Criterion.Disrupted"/>, the default, for strict robust accuracy, since a
    /// classifier that an ensemble is compared with cannot reject; <see cref="Criterion.Misclassified"/> for lenient,
    /// where a rejected adversarial image is withstood.
    /// </summary>
    public Criterion Criterion { get; init; } = Criterion.Disrupted;

    /// <summary>The voting rules that are tried.</summary>
    public IReadOnlyList<SearchedRule> Rules { get; init; } = SearchedRule.All;

    /// <summary>The false positive rates that each gate is tried with.</summary>
    public IReadOnlyList<double> GateRates { get; init; } = [0.01, 0.05];

    /// <summary>The most classifiers of an ensemble.</summary>
    public int MostMembers { get; init; } = 5;

    /// <summary>The least clean accuracy that the winner may have on the images it is chosen on, in [0, 1].</summary>
    public double CleanFloor { get; init; }

    /// <summary>How many ensembles are attacked at the most.</summary>
    public int MostAttacked { get; init; } = 8;

    /// <summary>One seed reproduces a search bit for bit on one machine.</summary>
    public int Seed { get; init; }

    /// <summary>Images evaluated at once.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>k, the fresh draws a randomised defense is judged in.</summary>
    public int Draws { get; init; } = 10;

    /// <summary>How much is spent on checking the attack on the winner.</summary>
    public CheckBudget Checks { get; init; }

    /// <summary>Where finished units are kept; null to keep none.</summary>
    public string? ResultsFolder { get; init; }

    /// <summary>Searches, or goes on where an earlier run was stopped.</summary>
    /// <exception cref="ArgumentException">
    /// No attacks, no images, images in two splits, fewer than two defenses, two of one name, a name that no property
    /// can have, detectors without validation images, more than half a million ensembles, or none that is accurate
    /// enough.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module is in training mode, or an attack left its ball.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; finished units are kept.</exception>
    public SearchResult Run(IProgress<StudyProgress>? progress = null, CancellationToken cancellation = default)
    {
        SearchChecks.ThrowIfImpossible(this);
        using var generator = new KeptGenerator();
        StepProgress? steps = null;
        var options = new EvaluationOptions
        {
            Seed = Seed,
            BatchSize = BatchSize,
            Draws = Draws,
            Checks = CheckBudget.None,
            ResultsFolder = ResultsFolder,
            Notices = progress is null ? null : new ImmediateProgress<string>(sentence => steps?.Notice(sentence)),
            Cancellation = cancellation,
        };
        using var space = new SearchSpace(this);
        using var chosen = new ChosenFront(this, space, options);
        using var judged = new HeldOutJudgement(this, space, options with { Checks = Checks });
        steps = new StepProgress(progress, chosen.MostSteps + judged.MostSteps);

        chosen.Search(steps, Share(steps));
        var winner = chosen.Winner ?? throw new ArgumentException(
            FormattableString.Invariant($"No ensemble that was attacked has a clean accuracy of {CleanFloor}: lower ")
            + "CleanFloor, or add more accurate defenses.");
        judged.Measure(winner.Ensemble, chosen.BestClassifier.Ensemble, steps, Share);
        return new SearchResult
        {
            Threat = Threat,
            Attacks = [.. Attacks.Select(AttackDescription.Describe)],
            Criterion = Criterion,
            Seed = Seed,
            Considered = space.Count,
            Images = Images.Count,
            Classifiers = chosen.Classifiers,
            Attacked = chosen.Attacked,
            Open = chosen.Open,
            Winner = winner,
            HeldOut = judged.Winner,
            Others = judged.Others,
            Comparisons = judged.Comparisons,
            Declaration = SearchedDeclaration.Write(this, space, winner.Ensemble),
        };

        SharedSteps Share(StepProgress progress) =>
            new(progress, new UnitFolder(ResultsFolder, options.Notices), cancellation);
    }
}
