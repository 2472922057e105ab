using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>The loss that weights members by what the decision owes to them.</summary>
public class ReweighedMembersTests
{
    static readonly double[][] logits = [[3, 1, 0], [0.5, 2, -1], [40, 12, 9]];

    /// <summary>The formula, in plain loops: class 0 is the true one, the second member has turned already.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void The_value_is_that_of_the_formula(double share)
    {
        using var scope = NewDisposeScope();
        var surface = new HandmadeSurface<MeanLogit>([.. logits.Select(z => new Constant(z))]);
        var value = new ReweighedMembers(share).Value(Evaluations.Of(surface, zeros(1, 1, 1, 1), tensor([0L])));
        Assert.Equal(Expected(share), value.item<float>(), 1e-4);
    }

    static double Expected(double share)
    {
        // z = (14.5, 5, 2.667), with a gap of 9.5; the largest gap of a member is 28, so members are divided by 2.8.
        double[] vote = [.. Enumerable.Range(0, 3).Select(k => logits.Average(z => z[k]) / 9.5)];
        double[] mean = [0, 0, 0];
        foreach (var z in logits)
        {
            for (var k = 0; k < 3; k++)
                mean[k] += Softmax(z, 2.8)[k] / 3;
        }

        double[] weights =
        [
            .. logits.Select((z, m) =>
            {
                var p = Softmax(z, 2.8);
                return m == 1 ? 0 : p[1] * (p[0] / mean[0] + (1 - p[1]) / mean[1]);
            }),
        ];
        double[] mixed =
        [
            .. Enumerable.Range(0, 3).Select(k => (1 - share) * vote[k]
                + share * logits.Select((z, m) => weights[m] * z[k] / 2.8).Sum() / weights.Sum()),
        ];
        return Math.Log(Math.Exp(mixed[1]) + Math.Exp(mixed[2])) - mixed[0];
    }

    static double[] Softmax(double[] z, double scale)
    {
        double[] e = [.. z.Select(v => Math.Exp((v - z.Max()) / scale))];
        return [.. e.Select(v => v / e.Sum())];
    }

    /// <summary>
    /// Of members of which one is a hundred times as sure of itself as the others the mean of probabilities shows
    /// cross-entropy nothing but that one; reweighing leaves no more than the margin does.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_leaves_no_more_than_the_margin_of_the_vote(int seed)
    {
        using var scope = NewDisposeScope();
        var loud = Samples.Linear(seed: seed);
        var surface = new HandmadeSurface<MeanProbability>(
            [
                new FunctionClassifier(x => 100 * loud.call(x)),
                Samples.Linear(seed: seed + 10), Samples.Linear(seed: seed + 20),
            ]);
        var images = Samples.Images(64);
        var labels = surface.Evaluate(images, 1).Labels;
        var reweighed = Left(AttackLoss.ReweighedMembers);
        Assert.InRange(reweighed, 1, Left(AttackLoss.Margin));
        Assert.True(reweighed < Left(AttackLoss.CrossEntropy));

        int Left(AttackLoss loss)
        {
            using var result = new Pgd { Steps = 20, Restarts = 5, Loss = loss }.Run(
                surface, images, labels, new ThreatModel(Norm.Linf, 0.1), new AttackOptions());
            return result.Success.Count(success => !success);
        }
    }

    /// <summary>
    /// Gates are passed with it, and classes that a member has given up take nothing from the others.
    /// </summary>
    [Fact]
    public void Gates_and_classes_at_negative_infinity_are_no_obstacle()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Samples.Linear(seed: 1), Samples.Linear(seed: 2));
        var dead = tensor(new[] { false, false, false, true });
        var gate = new FunctionDetector(x => (x - 0.5).square().flatten(1).mean([1]));
        var images = Samples.Images(32);
        int Broken(float threshold, bool mask)
        {
            var surface = new HandmadeSurface<MeanProbability>(
                [
                    new FunctionClassifier(x => first.call(x).masked_fill(dead, mask ? float.NegativeInfinity : -50)),
                    second,
                ],
                [(gate, threshold)]);
            var masked = first.call(images).masked_fill(dead, -50);
            var labels = (masked.softmax(1) + second.call(images).softmax(1)).argmax(1);
            using var result = new Pgd { Steps = 20, Restarts = 5, Loss = AttackLoss.ReweighedMembers }.Run(
                surface, images, labels, new ThreatModel(Norm.Linf, 0.2), new AttackOptions());
            return result.Success.Count(success => success);
        }

        var open = Broken(threshold: 1, mask: false);
        Assert.InRange(open, 8, 32);
        Assert.InRange(Broken(threshold: 1, mask: true), open - 2, 32);
        var bright = gate.call(images).quantile(tensor(0.9f)).item<float>();
        Assert.InRange(Broken(bright, mask: false), open / 2, 32);
    }

    sealed class Constant(double[] logits) : Classifier
    {
        public override Tensor forward(Tensor images) =>
            tensor(logits, dtype: ScalarType.Float32).unsqueeze(0).repeat(images.size(0), 1) + 0 * images.sum();
    }
}
