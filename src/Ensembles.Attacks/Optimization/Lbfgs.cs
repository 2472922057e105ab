using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The L-BFGS attack (Szegedy et al. 2013 [33]), the first there was: minimise ||r||_2^2 + c CE(x + r, t) with x + r in [0, 1], t being the likeliest wrong class, and
/// search for the smallest c that breaks the image.
/// </summary>
/// <remarks>
/// <para>
/// For the history, and to make the images of [33] for training. It is slow for what it finds: networks of ReLUs have no curvature for it to learn, it follows one wrong
/// class alone, and probabilities in place of logits leave it without a gradient. It knows the vote, not the gates, which still judge what it finds. Judge a defense by
/// <see cref="CarliniWagnerL2"/>.
/// </para>
/// <para>
/// Each image has its own memory and line search: a step that does not lower its loss enough is halved, while others go on. Pixels at a bound that would leave
/// [0, 1] stay out of the step.
/// </para>
/// </remarks>
public sealed record Lbfgs : IAttack
{
    /// <summary>Evaluations with each constant c, those of the line search among them; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>How many constants are tried; at least 1.</summary>
    public int SearchSteps { get; init; } = 9;

    /// <summary>The first constant, multiplied by 10 until it breaks the image; positive.</summary>
    public double FirstConstant { get; init; } = 1e-2;

    /// <inheritdoc/>
    public string Name => $"L-BFGS-{Steps} x {SearchSteps}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.L2];

    /// <inheritdoc/>
    public bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps }), ("twice the constants", this with { SearchSteps = 2 * SearchSteps })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SearchSteps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FirstConstant);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            if (!batch.AnyOpen)
                return;
            Search(batch);
            batch.Confirm(restart: 0);
        });
    }

    void Search(AttackBatch batch)
    {
        using var front = batch.Open(restart: 0);
        using var constants = new ConstantSearch(FirstConstant, front.Clean);
        for (var round = 0; round < SearchSteps; round++)
        {
            using var broken = new PerImage(zeros_like(constants.Value, dtype: ScalarType.Bool));
            if (!Minimize(front, constants, broken))
                return;
            constants.Next(broken.Value);
            batch.Progress((round + 1.0) / SearchSteps);
        }
    }

    /// <summary>One round from the clean images with one constant for each.</summary>
    /// <returns>Whether any image is left.</returns>
    bool Minimize(Front front, ConstantSearch constants, PerImage broken)
    {
        using var descent = new QuasiNewton(front.Clean);
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (front.Probe(descent.Trial, TowardsLikeliest) is not { } probe)
                return false;
            descent.Select(probe.Left);
            constants.Select(probe.Left);
            broken.Select(probe.Left);

            var change = descent.Trial - front.Clean;
            var loss = change.square().flatten(1).sum(1) + constants.Value * probe.Value;
            var accepted = descent.Take(loss, 2 * change + constants.Value.view(-1, 1, 1, 1) * probe.Gradient);
            // The first trials go far: c is large enough when the image is broken where the descent has come to.
            broken.SetWhere(accepted, probe.Met);
        }
        return true;
    }

    /// <summary>The cross-entropy of the likeliest wrong class on the clean image, [R].</summary>
    static Tensor TowardsLikeliest(Tracked look) =>
        nn.functional.cross_entropy(look.View.Output.Scores, look.View.WrongClasses.select(1, 0).repeat(look.View.Draws), reduction: nn.Reduction.None);
}
