using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Logit-space projected gradient ascent, LS-PGA (Buckman et al. 2018 [2]), against a network behind thermometers: each
/// pixel holds a weight z = softmax(t u) for every level that the ball reaches, the network sees the thermometer sum_j
/// z_j T(j), and u climbs, u &lt;- u + a sign(dL/du), while t grows. In the end each pixel takes its heaviest level.
/// </summary>
/// <remarks>
/// <para>What it gives are images: of the level chosen, the value nearest to the clean one. Called with a trained
/// classifier it is the source's attack, to be run beside steps through smooth levels (<see
/// cref="ThermometerTransform.surrogate"/>): on bars of 12x12 pixels behind 8 levels, at 0.2, 20 of its steps left 25 %
/// and 40 of those 35 %.</para>
/// <para>The source's a of 0.01 with weights drawn from a wide distribution leaves these nearly as drawn; here they are
/// drawn small and the steps are of 1.</para>
/// </remarks>
/// <param name="epsilon">The radius in Linf, in units of pixel values in [0, 1]; positive.</param>
/// <param name="steps">Steps, 1 or more; the source's are 7.</param>
public sealed class LogitSpacePerturbation(double epsilon, int steps = 7) : BoundedPerturbation(epsilon)
{
    /// <summary>The standard deviation of the weights at the start.</summary>
    const double StartDeviation = 0.1;

    /// <summary>Keeps a value inside its level where float32 rounds it.</summary>
    const double Inside = 1e-5;

    /// <summary>Steps.</summary>
    public int Steps { get; } = steps;

    /// <summary>a, the length of a step.</summary>
    public double StepSize { get; init; } = 1;

    /// <summary>The factor by which t, 1 at the start, grows with each step.</summary>
    public double Growth { get; init; } = 1.2;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A classifier that does not begin with thermometers.</exception>
    public override Tensor Of(PerturbedBatch batch)
    {
        var thermometer = (batch.Classifier as ILayered)?.Layers[0] as ThermometerTransform
            ?? throw new InvalidOperationException(
                $"LS-PGA chooses levels of thermometers, and {batch.Classifier.GetName()} does not begin with a "
                + $"{nameof(ThermometerTransform)}: make it the classifier's Transform, with no front before it.");
        using var scope = NewDisposeScope();
        using var mode = ModuleMode.Keep(batch.Classifier);
        batch.Classifier.eval();
        using var generator = new Generator((ulong)batch.Step.Seed);
        var (images, radius) = (batch.Images.detach(), ShareOfRadius(batch.Step) * Epsilon);
        var (least, most) = ((images - radius).clamp(0, 1), (images + radius).clamp(0, 1));
        var levels = arange(thermometer.Levels, device: images.device).view(1, 1, -1, 1, 1);
        var allowed = levels.ge(thermometer.Level(least).unsqueeze(2))
            .logical_and(levels.le(thermometer.Level(most).unsqueeze(2)));
        var start = randn(allowed.shape, generator: generator).to(images.device) * StartDeviation;
        var weights = Climb(batch, thermometer, images, allowed, start);

        var chosen = weights.masked_fill(allowed.logical_not(), double.NegativeInfinity).argmax(2);
        var (lower, upper) = (thermometer.LowerEnd(chosen) + Inside, thermometer.LowerEnd(chosen + 1) - Inside);
        var moved = minimum(maximum(minimum(maximum(images, lower), upper), least), most);
        return where(chosen.eq(thermometer.Level(images)), images, moved).MoveToOuterDisposeScope();
    }

    Tensor Climb(
        PerturbedBatch batch, ThermometerTransform thermometer, Tensor images, Tensor allowed, Tensor weights)
    {
        using var scope = NewDisposeScope();
        var temperature = 1.0;
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            using var gradients = enable_grad();
            var u = weights.detach().requires_grad_();
            var z = (temperature * u).masked_fill(allowed.logical_not(), double.NegativeInfinity).softmax(2);
            // sum_j z_j 1[j >= k]
            var codes = z.flip(2).cumsum(2).flip(2).flatten(1, 2);
            var hook = thermometer.register_forward_hook((_, _, _) => codes);
            try
            {
                var logits = batch.Classifier.call(images);
                var loss = functional.cross_entropy(logits, batch.Labels, reduction: Reduction.Sum);
                var gradient = autograd.grad([loss], [u])[0];
                weights = (u + (StepSize * gradient.sign())).detach().MoveToOuterDisposeScope();
            }
            finally
            {
                hook.remove();
            }

            temperature *= Growth;
        }

        return weights.MoveToOuterDisposeScope();
    }
}
