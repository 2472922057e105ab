using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The Boundary attack (Brendel et al. 2018, "Decision-based adversarial attacks: reliable attacks against black-box
/// machine learning models"): a random walk along the decision boundary that comes nearer to the clean image, seeing
/// decided labels alone.
/// </summary>
/// <remarks>
/// <para>
/// From an image x at the distance r of the clean image x_0, a random direction orthogonal to x - x_0 leads to a point
/// of the sphere around x_0 at the distance delta r, and from there a step of epsilon r to x_0. The walk goes there if
/// the label is wrong. Both lengths are fitted for each image, so that about a third of the points of the sphere are
/// wrong, and a fifth of the steps succeed.
/// </para>
/// <para>
/// It starts from the nearest image of another label in the batch or from noise, and goes straight to the boundary
/// first: with images of one label alone in a batch, and a defense that gives noise the same label, it finds nothing. A
/// rejected image counts as right. Whatever hides gradients or scores does not matter to it, but it takes tens of
/// thousands of queries to come near what gradients find: <see cref="HopSkipJump"/> needs fewer. The random directions
/// are the same for all images of a batch.
/// </para>
/// </remarks>
public sealed record Boundary : Attack
{
    const double WrongOnSphere = 0.35;
    const double WrongSteps = 0.2;
    const int SphereEvery = 5;
    const double Tiny = 1e-12;

    /// <summary>Steps, a query each, and another for every fifth; at least 1.</summary>
    public int Steps { get; init; } = 25_000;

    /// <summary>The first length delta of a step along the sphere, as a share of the distance; positive.</summary>
    public double SphereStep { get; init; } = 0.01;

    /// <summary>
    /// The first length epsilon of a step towards the clean image, as a share of the distance; in (0, 1).
    /// </summary>
    public double SourceStep { get; init; } = 0.01;

    /// <inheritdoc/>
    public override string Name => $"Boundary-{Steps}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.L2];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override AttackAccess Access => AttackAccess.Labels;

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        if (SphereStep is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(
                nameof(SphereStep), SphereStep,
                "A step along the sphere has a positive length, as a share of the distance.");
        if (SourceStep is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(SourceStep), SourceStep,
                "A step towards the clean image has a length in (0, 1), as a share of the distance.");
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
    {
        if (DecisionWalk.Start(batch, active) is not { } walk)
            return;
        var (sphereStep, sourceStep) = (active.Remember(SphereStep), active.Remember(SourceStep));
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var distance = walk.Distance();
            var seed = active.Seed(int.MaxValue - (long)step);
            var sphere = OnSphere(active.Clean, walk.Images, distance, sphereStep.Value, seed);
            if (step % SphereEvery == 0)
                sphereStep.Set(sphereStep.Value * Factor(active.Query(sphere).IsMet, WrongOnSphere));
            var inwards = active.Clean - sphere;
            var radius = batch.Ball.Length(inwards);
            // Clipping to [0, 1] may have left the sphere.
            var way = (radius - distance * (1 - sourceStep.Value)).clamp(min: 0) / radius.clamp(min: Tiny);
            if (walk.Offer(sphere + way.view(-1, 1, 1, 1) * inwards) is not { } went)
                return;
            sourceStep.Set((sourceStep.Value * Factor(went, WrongSteps)).clamp(max: 0.5));
            if (step % 50 == 0)
                active.ReportProgress((double)step / Steps);
        }
    });

    /// <summary>
    /// Points [A, C, H, W] as far from the clean images as these are, in a random direction from them that is
    /// orthogonal to the way to the clean image.
    /// </summary>
    static Tensor OnSphere(Tensor clean, Tensor images, Tensor distance, Tensor step, long seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var outwards = images - clean;
        var noise = randn([1, .. clean.shape[1..]], generator: generator).to(clean.device);
        var square = distance.square().view(-1, 1, 1, 1).clamp(min: Tiny);
        var along = (noise * outwards).sum([1, 2, 3], keepdim: true) / square;
        var across = noise - along * outwards;
        var length = across.square().sum([1, 2, 3], keepdim: true).sqrt().clamp(min: Tiny);
        var relative = step.view(-1, 1, 1, 1);
        var aside = across / length * relative * distance.view(-1, 1, 1, 1);
        var moved = (outwards + aside) / (1 + relative.square()).sqrt();
        return (clean + moved).clamp(0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What a length is multiplied by: it stays the same on average where this share of the tries succeeds.
    /// </summary>
    static Tensor Factor(Tensor succeeded, double share) =>
        (0.5 * (succeeded.to_type(ScalarType.Float32) - share)).exp();
}
