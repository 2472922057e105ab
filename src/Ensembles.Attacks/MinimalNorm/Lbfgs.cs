using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The L-BFGS attack (Szegedy et al. 2013 [33]), the first there was: minimise ||r||_2^2 + c CE(x + r, t) with x + r in
/// [0, 1], t being the likeliest wrong class, and search for the smallest c that breaks the image.
/// </summary>
/// <remarks>
/// <para>
/// For the history, and to make the images of [33] for training. It is slow for what it finds: networks of ReLUs have
/// no curvature for it to learn, it follows one wrong class alone, and probabilities in place of logits leave it
/// without a gradient. It knows the vote, not the gates, which still judge what it finds. Judge a defense by
/// <see cref="CarliniWagnerL2"/>.
/// </para>
/// <para>
/// Each image has its own memory and line search: a step that does not lower its loss enough is halved, while others go
/// on. Pixels at a bound that would leave [0, 1] stay out of the step.
/// </para>
/// </remarks>
public sealed record Lbfgs : Attack
{
    /// <summary>Evaluations with each constant c, those of the line search among them; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>How many constants are tried; at least 1.</summary>
    public int SearchSteps { get; init; } = 9;

    /// <summary>The first constant, multiplied by 10 until it breaks the image; positive.</summary>
    public double FirstConstant { get; init; } = 1e-2;

    /// <inheritdoc/>
    public override string Name => $"L-BFGS-{Steps} x {SearchSteps}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.L2];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
    [
        ("twice the steps", this with { Steps = 2 * Steps }),
        ("twice the constants", this with { SearchSteps = 2 * SearchSteps }),
    ];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SearchSteps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FirstConstant);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
    {
        var constants = new ConstantSearch(active, FirstConstant);
        for (var round = 0; round < SearchSteps; round++)
        {
            using var broken = active.RememberFlag();
            if (!Minimize(active, constants, broken))
                return;
            constants.Next(broken.Value);
            active.ReportProgress((round + 1.0) / SearchSteps);
        }
    });

    /// <summary>One round from the clean images with one constant for each.</summary>
    /// <returns>Whether any image is left.</returns>
    bool Minimize(ActiveSet active, ConstantSearch constants, PerImage broken)
    {
        using var descent = new QuasiNewton(active);
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (active.DifferentiateAt(descent.Trial, TowardsLikeliest) is not { } here)
                return false;

            var change = descent.Trial - active.Clean;
            var loss = change.square().flatten(1).sum(1) + constants.Value * here.Loss;
            var gradient = 2 * change + constants.Value.view(-1, 1, 1, 1) * here.Gradient;
            var accepted = descent.Take(loss, gradient);
            // The first trials go far: c is large enough when the image is broken where the descent has come to.
            broken.SetWhere(accepted, here.IsMet);
        }
        return true;
    }

    /// <summary>
    /// The cross-entropy, [R], of the class that meets the criterion and is the likeliest on the clean image.
    /// </summary>
    static Tensor TowardsLikeliest(DefenseEvaluation seen) => nn.functional.cross_entropy(
        seen.Output.Scores, seen.ForRows(seen.TargetClasses.select(1, 0)), reduction: nn.Reduction.None);
}
