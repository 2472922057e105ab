using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// SmoothAdv (Salman et al. 2019): steps in L2 that lead the smoothed soft classifier astray, -log of the mean over m
/// draws of p_y(x + delta + n), the same draws in all steps; then Gaussian noise on what they find. For networks that
/// are certified by smoothing.
/// </summary>
/// <param name="deviation">sigma, the deviation of the noise, in pixel values in [0, 1]; positive.</param>
/// <param name="epsilon">The radius of the steps in L2, in pixel values in [0, 1]; positive.</param>
/// <param name="steps">Steps for each batch, 1 or more.</param>
/// <param name="draws">m, draws of noise in each step, 1 or more.</param>
public sealed class SmoothedPgdPerturbation(double deviation, double epsilon, int steps = 2, int draws = 1)
    : BoundedPerturbation(epsilon)
{
    /// <summary>sigma, the deviation of the noise.</summary>
    public double Deviation { get; set; } = deviation;

    /// <summary>Steps for each batch.</summary>
    public int Steps { get; set; } = steps;

    /// <summary>m, draws of noise in each step.</summary>
    public int Draws { get; set; } = draws;

    /// <summary>The length of a step, as a multiple of the radius over the number of steps.</summary>
    public double StepShare { get; init; } = 2;

    /// <inheritdoc/>
    public override Tensor Of(PerturbedBatch batch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Draws, 1);
        if (!(Deviation > 0))
            throw new ArgumentOutOfRangeException(nameof(Deviation), Deviation, "The noise has a positive deviation.");
        using var scope = NewDisposeScope();
        using var mode = ModuleMode.Keep(batch.Classifier);
        batch.Classifier.eval();
        using var generator = new Generator((ulong)batch.Step.Seed);
        var clean = batch.Images.detach();
        var noise = Deviation * randn([Draws, .. clean.shape], generator: generator).to(clean.device);
        var images = clean;
        if (ShareOfRadius(batch.Step) is var share and > 0)
        {
            var radius = share * Epsilon;
            using var ball = Ball.Create(new ThreatModel(Norm.L2, radius));
            for (var step = 0; step < Steps; step++)
                images = ball.Step(images, Gradient(images), StepShare * radius / Steps, clean);
        }

        // In training the base sees one draw of each image, the first of those that the steps saw.
        return (images + noise[0]).clamp(0, 1).MoveToOuterDisposeScope();

        Tensor Gradient(Tensor at) => InputGradient.Of(
            x => batch.Classifier.call((x + noise).clamp(0, 1).flatten(0, 1)),
            at,
            logits =>
            {
                var own = logits.log_softmax(1).unflatten(0, [Draws, clean.size(0)])
                    .gather(2, batch.Labels.view(1, -1, 1).expand(Draws, -1, -1));
                return -own.logsumexp(0).sum();
            });
    }
}
