using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks;

/// <summary>
/// The feature-space attack (Sabour et al. 2015 [28]): bring the features of the image near to those of a guide, an
/// image of another class, minimise ||h(x') - h(g)||_2^2 within the ball.
/// </summary>
/// <remarks>
/// <para>
/// It asks for no gradient of the logits, so it breaks what saturates them: distillation, temperatures, softmaxes that
/// float32 has rounded. Where it breaks more than the attacks on the logits do, these are blind.
/// </para>
/// <para>
/// Guides are the nearest images whose label would meet the criterion, one for each restart. Features are those of
/// every
/// <see cref="FeatureNetwork"/> of the defense, the squared distance in each over that of the clean image; what passes
/// through the networks once more to compute them counts among the forwards. Steps are steepest ones that fall from
/// epsilon / 2 to 0. The exact decision on every iterate says what is broken.
/// </para>
/// </remarks>
public sealed record FeatureAttack : Attack
{
    /// <summary>Images to take guides from, of the shape of those attacked, with their labels.</summary>
    public required LabeledImages Guides { get; init; }

    /// <summary>Images [N, C, H, W] to features [N, ...]; null for those of the defense's feature networks.</summary>
    public Module<Tensor, Tensor>? Features { get; init; }

    /// <summary>Steps of each restart; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>How many guides are tried for each image, the nearest first; at least 1.</summary>
    public int Restarts { get; init; } = 5;

    /// <inheritdoc/>
    public override string Name => $"Features-{Steps} x {Restarts}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
    [
        ("twice the steps", this with { Steps = 2 * Steps }),
        ("twice the guides", this with { Restarts = 2 * Restarts }),
    ];

    /// <inheritdoc/>
    protected override AttackAccess Access => AttackAccess.Scores;

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Guides of another shape, or of a single class.</exception>
    /// <exception cref="InvalidOperationException">No features.</exception>
    protected override void Search(AttackBatch batch)
    {
        using var scope = NewDisposeScope();
        using var tap = new FeatureTap(batch.Surface, Features);
        var guides = Guides.Images.to(batch.Clean.device);
        var nearest = NearestThatMeet(batch, guides);
        batch.ForEachRestart(Restarts, active =>
        {
            var chosen = nearest.select(1, active.Restart % nearest.size(1));
            using var goals = active.RowsOfBatch(guides.index_select(0, chosen));
            Approach(active, goals, tap, batch.Defense);
        });
    }

    void Approach(ActiveSet active, Tensor guides, FeatureTap tap, DefenseUnderAttack defense)
    {
        using var scope = NewDisposeScope();
        PerImage[] goals = [.. FeaturesOf(guides).Select(active.Remember)];
        PerImage[] units =
        [
            .. FeaturesOf(active.Clean)
                .Zip(goals, (own, goal) => active.Remember(Distance(own, goal.Value).clamp(min: 1e-12))),
        ];
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            tap.Listen();
            var here = active.DifferentiateAt(
                active.Images, seen => Mismatch(tap.Read(seen.Images, defense), goals, units, seen.Draws));
            if (here is null)
                return;
            var size = active.Ball.Epsilon / 2 * (1 - (double)step / Steps);
            active.Move(-active.Ball.SteepestStep(here.Gradient, active.Images, size));
            active.ReportProgress((step + 1.0) / Steps);
        }
        active.Evaluate();

        IEnumerable<Tensor> FeaturesOf(Tensor images) =>
            tap.Read(images, defense, active.Seed(1)).Select(f => MeanOverDraws(f, images.size(0)));
    }

    /// <summary>
    /// The distances [A] to the goals, in units of the clean images', summed over the networks; once for each draw of
    /// the defense, [S A].
    /// </summary>
    static Tensor Mismatch(IReadOnlyList<Tensor> features, PerImage[] goals, PerImage[] units, int draws)
    {
        return features.Select(InUnits).Aggregate((sum, distance) => sum + distance).repeat(draws);

        Tensor InUnits(Tensor seen, int network)
        {
            var goal = goals[network].Value;
            var distance = Distance(seen, goal.repeat(seen.size(0) / goal.size(0), 1));
            return MeanOverDraws(distance, goal.size(0)) / units[network].Value;
        }
    }

    static Tensor Distance(Tensor features, Tensor goals) => (features - goals).square().sum(1);

    static Tensor MeanOverDraws(Tensor rows, long images) => rows.view([-1, images, .. rows.shape[1..]]).mean([0]);

    /// <summary>
    /// For each image the guides [N, k] whose label meets the criterion, the nearest in Euclidean distance first; as
    /// many as every image has.
    /// </summary>
    Tensor NearestThatMeet(AttackBatch batch, Tensor guides)
    {
        using var scope = NewDisposeScope();
        var images = batch.Clean;
        if (!guides.shape[1..].SequenceEqual(images.shape[1..]))
            throw new ArgumentException(
                $"Guides are images of the shape of those attacked, [N, {string.Join(", ", images.shape[1..])}]; these "
                + $"are [{string.Join(", ", guides.shape)}].");
        var meets = batch.IsMetBy(Guides.Labels);
        var most = meets.sum(1).min().item<long>();
        if (most == 0)
            throw new ArgumentException(
                "A guide is an image of another class, and all guides are of one class that is attacked.");
        var distances = cdist(images.flatten(1), guides.flatten(1));
        distances = distances.masked_fill(meets.logical_not(), float.PositiveInfinity);
        return distances.argsort(1).narrow(1, 0, most).MoveToOuterDisposeScope();
    }
}
