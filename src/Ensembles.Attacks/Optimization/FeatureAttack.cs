using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks;

/// <summary>
/// The feature-space attack (Sabour et al. 2015 [28]): bring the features of the image near to those of a guide, an image of another class,
/// minimise ||h(x') - h(g)||_2^2 within the ball.
/// </summary>
/// <remarks>
/// <para>
/// It asks for no gradient of the logits, so it breaks what saturates them: distillation, temperatures, softmaxes that float32 has rounded. Where it breaks more than the attacks
/// on the logits do, these are blind.
/// </para>
/// <para>
/// Guides are the nearest images of other classes, one for each restart. Features are those of every <see cref="FeatureNetwork"/> of the defense, the squared distance in
/// each over that of the clean image; what passes through the networks once more to compute them counts among the forwards. Steps are steepest ones that fall from epsilon / 2 to 0. The exact decision on every iterate says what is broken.
/// </para>
/// </remarks>
public sealed record FeatureAttack : IAttack
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
    public string Name => $"Features-{Steps} x {Restarts}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer =>
        [("twice the steps", this with { Steps = 2 * Steps }), ("twice the guides", this with { Restarts = 2 * Restarts })];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Guides of another shape, or of a single class.</exception>
    /// <exception cref="InvalidOperationException">No features.</exception>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
        using var tap = new FeatureTap(surface, Features);
        return AttackLoop.Search(this, surface, images, labels, threat, options, batch =>
        {
            using var scope = NewDisposeScope();
            var nearest = NearestOfOtherClasses(batch.Clean, batch.Labels);
            for (var restart = 0; restart < Restarts && batch.AnyOpen; restart++)
            {
                using var front = batch.Open(restart);
                using var guides = new PerImage(front.OfBatch(Guides.Images.to(batch.Clean.device).index_select(0, nearest.select(1, restart % nearest.size(1)))));
                Approach(batch, front, guides, tap, restart);
                batch.Confirm(restart);
            }
        });
    }

    void Approach(AttackBatch batch, Front front, PerImage guides, FeatureTap tap, int restart)
    {
        using var scope = NewDisposeScope();
        PerImage[] goals = [.. FeaturesOf(guides.Value).Select(f => new PerImage(f))];
        PerImage[] units = [.. FeaturesOf(front.Clean).Zip(goals, (own, goal) => new PerImage(Distance(own, goal.Value).clamp(min: 1e-12)))];
        try
        {
            for (var step = 0; step < Steps; step++)
            {
                using var inner = NewDisposeScope();
                tap.Listen();
                if (front.Probe(front.Images, look => Mismatch(tap.Of(look.Leaf, batch.Victim), goals, units, look.View.Draws)) is not { } probe)
                    return;
                foreach (var rows in goals.Concat(units))
                    rows.Select(probe.Left);
                front.Move(-batch.Ball.SteepestStep(probe.Gradient, front.Images, batch.Ball.Epsilon / 2 * (1 - (double)step / Steps)));
                batch.Progress((restart + (step + 1.0) / Steps) / Restarts);
            }
            front.Evaluate()?.Dispose();
        }
        finally
        {
            foreach (var rows in goals.Concat(units))
                rows.Dispose();
        }

        IEnumerable<Tensor> FeaturesOf(Tensor images) =>
            tap.Of(images, batch.Victim, batch.Seed(restart, 1)).Select(f => MeanOverDraws(f, images.size(0)));
    }

    /// <summary>The distances [A] to the goals, in units of the clean images', summed over the networks; once for each draw of the defense, [S A].</summary>
    static Tensor Mismatch(IReadOnlyList<Tensor> features, PerImage[] goals, PerImage[] units, int draws) =>
        features.Select((f, k) => MeanOverDraws(Distance(f, goals[k].Value.repeat(f.size(0) / goals[k].Value.size(0), 1)), goals[k].Value.size(0)) / units[k].Value)
            .Aggregate((sum, d) => sum + d).repeat(draws);

    static Tensor Distance(Tensor features, Tensor goals) => (features - goals).square().sum(1);

    static Tensor MeanOverDraws(Tensor rows, long images) => rows.view([-1, images, .. rows.shape[1..]]).mean([0]);

    /// <summary>For each image the guides [N, k] of other classes, the nearest in Euclidean distance first; as many as every class has.</summary>
    Tensor NearestOfOtherClasses(Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        if (!Guides.Images.shape[1..].SequenceEqual(images.shape[1..]))
            throw new ArgumentException($"Guides are images of the shape of those attacked, [N, {string.Join(", ", images.shape[1..])}]; these are [{string.Join(", ", Guides.Images.shape)}].");
        var same = labels.unsqueeze(1).eq(Guides.Labels.to(labels.device).unsqueeze(0));
        var others = same.logical_not().sum(1).min().item<long>();
        if (others == 0)
            throw new ArgumentException("A guide is an image of another class, and all guides are of one class that is attacked.");
        var distances = cdist(images.flatten(1), Guides.Images.to(images.device).flatten(1)).masked_fill(same, float.PositiveInfinity);
        return distances.argsort(1).narrow(1, 0, others).MoveToOuterDisposeScope();
    }
}
