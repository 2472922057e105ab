using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>A classifier that errs near one point of the ball and nowhere else.</summary>
public class PlantedPointTests
{
    static readonly Tensor planted = full([1, 64], 0.5f).index_put_(
        full([16], 0.68f), TensorIndex.Colon, TensorIndex.Slice(0, 16)).DetachFromDisposeScope();

    /// <summary>
    /// Class 1 only within 0.1 of the planted point, in the Euclidean distance; that point lies 0.72 from the grey
    /// image, 0.18 in each of 16 pixels.
    /// </summary>
    static readonly FunctionClassifier classifier = new(images =>
    {
        var distance = (images.flatten(1) - planted).square().sum(1).add(1e-12).sqrt();
        return stack([zeros_like(distance), 0.1 - distance], 1);
    });

    [Theory]
    [InlineData(Norm.Linf, 0.2)]
    [InlineData(Norm.L2, 0.75)]
    public void Gradient_descent_finds_it(Norm norm, double epsilon)
    {
        IAttack[] attacks =
        [
            new Bim { Steps = 100 }, new MiFgsm { Steps = 100 }, new Pgd { Steps = 100 },
            new MultiTargeted { Steps = 100 }, new Apgd(), new Apgd { Loss = AttackLoss.Dlr }, new ApgdTargeted(),
            new Fab(), new FabTargeted(), new Spsa(),
        ];
        Assert.All(attacks, attack => Assert.True(Finds(attack, norm, epsilon)));
    }

    [Theory]
    [InlineData(Norm.Linf, 0.2)]
    [InlineData(Norm.L2, 0.75)]
    public void Noise_does_not(Norm norm, double epsilon)
    {
        IAttack[] noises =
        [
            new UniformNoise { Tries = 200 }, new UniformNoise { Tries = 200, Corners = true },
            new GaussianNoise { Tries = 200 },
        ];
        Assert.All(noises, noise => Assert.False(Finds(noise, norm, epsilon)));
    }

    [Theory]
    [InlineData(Norm.Linf, 0.15)]
    [InlineData(Norm.L2, 0.6)]
    public void Nothing_finds_it_outside_the_ball(Norm norm, double epsilon) =>
        Assert.False(Finds(new Pgd { Steps = 100 }, norm, epsilon));

    static bool Finds(IAttack attack, Norm norm, double epsilon)
    {
        using var result = attack.Run(
            classifier, full(1, 1, 8, 8, 0.5f), tensor(new[] { 0L }), new ThreatModel(norm, epsilon));
        return result.Success[0];
    }
}
