using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class MiFgsmTests
{
    /// <summary>Without momentum it is PGD with equal steps from the clean image, bit for bit.</summary>
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void No_decay_is_descent_with_equal_steps(Norm norm)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(8);
        var network = Samples.Linear();
        var (labels, threat) = (Samples.LabelsOf(network, images), new ThreatModel(norm, 0.05));
        var momentum = new MiFgsm { Decay = 0 }.Run(network, images, labels, threat);
        var descent = new Pgd { Steps = 10, StepSize = 0.005, RandomStart = false }.Run(
            network, images, labels, threat);
        Assert.Equal(Samples.Floats(descent.Images), Samples.Floats(momentum.Images));
    }

    /// <summary>
    /// A loss that turns round after the first step: with the first pixel it rises with slope 4 up to 0.51 and falls
    /// beyond with slope 0.9, with the second it rises with slope 1 throughout. From d_1 = (4, 1) / 5 and gradients of
    /// (-0.9, 1) / 1.9 the momentum of the first pixel is 0.8, 0.33, -0.15: it goes on for one step and then turns.
    /// </summary>
    [Theory]
    [InlineData(1, 0.52f)]
    [InlineData(2, 0.54f)]
    [InlineData(3, 0.52f)]
    public void Momentum_is_the_sum_of_gradients_of_unit_length(int steps, float firstPixel)
    {
        using var scope = NewDisposeScope();
        var classifier = new FunctionClassifier(images =>
        {
            var (first, second) = (images.flatten(1).select(1, 0), images.flatten(1).select(1, 1));
            var tent = (4 * (first - 0.51)).minimum(0.9 * (0.51 - first));
            return stack([full_like(first, 9), tent + second], 1);
        });
        // Out of reach, so that the image with the highest margin is returned: the last, since the second pixel
        // outweighs the first.
        var attack = new MiFgsm { Steps = steps, StepSize = 0.02, Loss = AttackLoss.Margin };
        using var result = attack.Run(
            classifier, full(1, 1, 1, 2, 0.5f), tensor(new[] { 0L }), new ThreatModel(Norm.Linf, 0.2));
        Assert.Equal(
            [firstPixel, 0.5f + 0.02f * steps], Samples.Floats(result.Images), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    /// <summary>The peers' counts are 116 and 117.</summary>
    [ParityFact]
    public void Momentum_leaves_117() =>
        Assert.InRange(Peers.Robust(new MiFgsm { Loss = AttackLoss.CrossEntropy }, Parity.Network()), 115, 119);
}
