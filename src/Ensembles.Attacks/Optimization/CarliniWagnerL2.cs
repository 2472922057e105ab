using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Carlini and Wagner's attack under L2 [6]: minimise ||x' - x||_2^2 + c f(x') over w, x' = (tanh w + 1) / 2, by Adam, with
/// f(x') = max(s_y - max_{k != y} s_k + kappa, 0) on the vote's scores, and search for the smallest c that breaks the image.
/// </summary>
/// <remarks>
/// <para>
/// Behind gates it is the adaptive attack of He et al. [15]: f has one more term for each gate, max(score_g - threshold_g, 0) over its size on the
/// clean image, so f is 0 only where the vote is wrong and every gate accepts; and only what the exact decision says so of counts.
/// </para>
/// <para>
/// Pixels at 0 and 1 lie far out in w, and few steps bring them back: like CleverHans, and unlike the authors, each constant goes on from where the
/// one before it ended, with Adam's means. A round ends early when a tenth of its steps lowers the batch's loss by less than a ten-thousandth.
/// </para>
/// </remarks>
public sealed record CarliniWagnerL2 : IAttack
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
    /// kappa, the lead of a wrong class in the vote's scores from which on an image counts as broken; 0 or above. More than 0 makes images that transfer
    /// better, and calls robust what is broken by less.
    /// </summary>
    public double Confidence { get; init; }

    /// <inheritdoc/>
    public string Name => $"C&W-L2-{Steps} x {SearchSteps}";

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
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LearningRate);
        ArgumentOutOfRangeException.ThrowIfNegative(Confidence);
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
        using var w = new PerImage(((2 * front.Clean - 1) * Inside).atanh());
        using var adam = new Adam(w.Value);
        using var constants = new ConstantSearch(FirstConstant, w.Value);
        for (var round = 0; round < SearchSteps; round++)
        {
            var before = round;
            using var broken = new PerImage(zeros_like(constants.Value, dtype: ScalarType.Bool));
            if (!Minimize(front, w, adam, constants, broken, done => batch.Progress((before + done) / SearchSteps)))
                return;
            constants.Next(broken.Value);
        }
    }

    /// <summary>One round of steps with one constant for each image.</summary>
    /// <returns>Whether any image is left.</returns>
    bool Minimize(Front front, PerImage w, Adam adam, ConstantSearch constants, PerImage broken, Action<double> progress)
    {
        var block = Math.Max(Steps / 10, 1);
        var lossBefore = double.PositiveInfinity;
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var images = (w.Value.tanh() + 1) / 2;
            if (front.Probe(images, front.Shortfall(Confidence), onlyAtZero: Confidence > 0) is not { } probe)
                return false;
            images = images.index_select(0, probe.Left);
            w.Select(probe.Left);
            adam.Select(probe.Left);
            constants.Select(probe.Left);
            broken.Select(probe.Left);
            broken.Set(broken.Value.logical_or(Confidence > 0 ? probe.Value.eq(0) : probe.Met));

            var change = images - front.Clean;
            var gradient = 2 * change + constants.Value.view(-1, 1, 1, 1) * probe.Gradient;
            // dx'/dw = (1 - tanh^2 w) / 2 = 2 x' (1 - x').
            w.Set(w.Value + adam.Step(gradient * 2 * images * (1 - images), LearningRate));
            progress((step + 1.0) / Steps);

            if ((step + 1) % block > 0)
                continue;
            var loss = (change.square().flatten(1).sum(1) + constants.Value * probe.Value).sum().item<float>();
            if (loss > 0.9999 * lossBefore)
                return true;
            lossBefore = loss;
        }
        return true;
    }
}
