using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// What every attack returns lies in the ball and in [0, 1], exactly: measured in double, and not within a tolerance.
/// </summary>
public class BallTests
{
    static readonly Gen<(double Epsilon, int Seed, bool Corners)> cases =
        Gen.Select(
            Gen.OneOf(Gen.Double[1e-3, 0.7], Gen.Int[0, 4].Select(i => new[] { 0.1, 0.3, 8 / 255.0, 1 / 3.0, 1.0 }[i])),
            Gen.Int[0, 1000], Gen.Bool);

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Images_lie_in_the_ball_and_in_the_box(string attack)
    {
        // Under L0 a radius counts pixels.
        foreach (var norm in Attacks.Named(attack).Norms)
            cases.Sample(
                c => Holds(
                    Attacks.Named(attack), norm, norm == Norm.L0 ? 10 * c.Epsilon : c.Epsilon, c.Seed, c.Corners),
                iter: 5, threads: 1);
    }

    static void Holds(IAttack attack, Norm norm, double epsilon, int seed, bool corners)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(5, seed: seed);
        if (corners)
            images = images.round();
        // A lead out of reach, so that no image leaves early and the edge of the ball is visited.
        var linear = Samples.Linear(seed: seed);
        var network = new FunctionClassifier(x => linear.call(x) + tensor(new[] { 50f, 0, 0, 0 }));
        var result = attack.Run(
            network, images, zeros(5, dtype: ScalarType.Int64), new ThreatModel(norm, epsilon),
            new AttackOptions { Seed = seed });

        var change = (result.Images.to_type(ScalarType.Float64) - images.to_type(ScalarType.Float64)).flatten(1);
        var distances = (norm switch
        {
            Norm.Linf => change.abs().amax([1]),
            Norm.L2 => change.square().sum(1).sqrt(),
            Norm.L1 => change.abs().sum(1),
            _ => change.ne(0).sum(1).to_type(ScalarType.Float64),
        }).data<double>().ToArray();
        Assert.All(distances, d => Assert.True(d <= epsilon, $"{d:R} is outside {epsilon:R}"));
        Assert.Equal(distances, result.Distance);
        Assert.All(Samples.Floats(result.Images), p => Assert.InRange(p, 0f, 1f));
    }
}
