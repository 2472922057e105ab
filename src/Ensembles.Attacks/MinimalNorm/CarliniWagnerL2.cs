using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Carlini and Wagner's attack under L2 [6]: minimise ||x' - x||_2^2 + c f(x') over w, x' = (tanh w + 1) / 2, by Adam,
/// with f(x') = max(s_y - max_{k != y} s_k + kappa, 0) on the vote's scores, and search for the smallest c that breaks
/// the image.
/// </summary>
/// <remarks>
/// <para>
/// Behind gates it is the adaptive attack of He et al. [15]: f has one more term for each gate, max(score_g -
/// threshold_g, 0) over its size on the clean image, so f is 0 only where the vote is wrong and every gate accepts; and
/// only what the exact decision says so of counts.
/// </para>
/// <para>
/// Pixels at 0 and 1 lie far out in w, and few steps bring them back: like CleverHans, and unlike the authors, each
/// constant goes on from where the one before it ended, with Adam's means. A round ends early when a tenth of its steps
/// lowers the batch's loss by less than a ten-thousandth.
/// </para>
/// </remarks>
public sealed record CarliniWagnerL2 : Attack
{
    /// <summary>Keeps w finite for pixels of 0 and 1.</summary>
    const double Inside = 0.999999;

    /// <summary>Steps with each constant c; at least 1.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>How many constants are tried; at least 1.</summary>
    public int SearchSteps { get; init; } = 9;

    /// <summary>The first constant, multiplied by 10 until it breaks the image; positive.</summary>
    public double FirstConstant { get; init; } = 1e-3;

    /// <summary>The rate of Adam's steps; positive.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>
    /// kappa, the lead of a wrong class in the vote's scores from which on an image counts as broken; 0 or above. More
    /// than 0 makes images that transfer better, and calls robust what is broken by less.
    /// </summary>
    public double Confidence { get; init; }

    /// <inheritdoc/>
    public override string Name => $"C&W-L2-{Steps} x {SearchSteps}";

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
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LearningRate);
        ArgumentOutOfRangeException.ThrowIfNegative(Confidence);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
    {
        var w = active.Remember(((2 * active.Clean - 1) * Inside).atanh());
        var (adam, constants) = (new Adam(active), new ConstantSearch(active, FirstConstant));
        for (var round = 0; round < SearchSteps; round++)
        {
            using var broken = active.RememberFlag();
            if (!Minimize(active, w, adam, constants, broken, round))
                return;
            constants.Next(broken.Value);
        }
    });

    /// <summary>One round of steps with one constant for each image.</summary>
    /// <returns>Whether any image is left.</returns>
    bool Minimize(ActiveSet active, PerImage w, Adam adam, ConstantSearch constants, PerImage broken, int round)
    {
        var block = Math.Max(Steps / 10, 1);
        var lossBefore = double.PositiveInfinity;
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var here = active.DifferentiateAt(
                (w.Value.tanh() + 1) / 2, seen => HingeLoss.Hard(seen, Confidence), onlyAtZero: Confidence > 0);
            if (here is null)
                return false;
            broken.Set(broken.Value.logical_or(Confidence > 0 ? here.Loss.eq(0) : here.IsMet));

            var (images, change) = (here.Images, here.Images - active.Clean);
            var gradient = 2 * change + constants.Value.view(-1, 1, 1, 1) * here.Gradient;
            // dx'/dw = (1 - tanh^2 w) / 2 = 2 x' (1 - x').
            w.Set(w.Value + adam.Step(gradient * 2 * images * (1 - images), LearningRate));
            active.ReportProgress((round + (step + 1.0) / Steps) / SearchSteps);

            if ((step + 1) % block > 0)
                continue;
            var loss = (change.square().flatten(1).sum(1) + constants.Value * here.Loss).sum().item<float>();
            if (loss > 0.9999 * lossBefore)
                return true;
            lossBefore = loss;
        }
        return true;
    }
}
