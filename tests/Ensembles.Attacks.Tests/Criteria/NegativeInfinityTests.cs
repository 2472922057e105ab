using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Classes at negative infinity are never decided for, and take no attack's eyes off the others.</summary>
public class NegativeInfinityTests
{
    const float Dead = float.NegativeInfinity;

    static readonly (string Name, Func<Tensor, Tensor> Mask)[] masks =
    [
        ("two after", z => cat([z, full(z.size(0), 2, Dead)], 1)),
        ("eight after", z => cat([z, full(z.size(0), 8, Dead)], 1)),
        ("between", z => cat([z.narrow(1, 0, 2), full(z.size(0), 3, Dead), z.narrow(1, 2, 2)], 1)),
        ("one of its own", z => z.masked_fill(tensor(new[] { false, false, false, true }), Dead)),
        ("two of its own", z => z.masked_fill(tensor(new[] { false, true, false, true }), Dead)),
        ("the least likely", z => z.masked_fill(z.detach().eq(z.detach().amin([1], keepdim: true)), Dead)),
        ("huge, not infinite", z => cat([z, full(z.size(0), 2, -1e30f)], 1)),
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var attack in Attacks.Reaching)
            {
                foreach (var (name, _) in masks)
                    data.Add(attack, name);
            }
            return data;
        }
    }

    /// <summary>As many images fall as to the classes that are left alone.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Images_that_can_be_broken_are(string attack, string mask)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(16);
        var masked = masks.Single(m => m.Name == mask).Mask;
        var linear = Samples.Linear();
        var network = new FunctionClassifier(x => masked(linear.call(x)));
        // The classes that are left, at the least leads that any image has.
        var rest = new FunctionClassifier(x =>
        {
            var logits = masked(linear.call(x));
            return logits.masked_fill(logits.detach().lt(-1e20), -100);
        });
        var labels = Samples.LabelsOf(network, images);
        var threat = Attacks.Named(attack).IsMinimalNorm
            ? ThreatModel.Unbounded(Attacks.Named(attack).Norms[0])
            : new ThreatModel(Norm.Linf, 0.35);
        using var expected = Attacks.Named(attack).Run(rest, images, labels, threat);
        using var result = Attacks.Named(attack).Run(network, images, labels, threat);
        Assert.InRange(result.Success.Count(s => s), expected.Success.Count(s => s) - 2, 16);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Where_one_class_is_left_no_image_falls(string attack)
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        var network = new FunctionClassifier(x => cat([linear.call(x).narrow(1, 0, 1), full(x.size(0), 3, Dead)], 1));
        try
        {
            using var result = Attacks.Named(attack).Run(
                network, Samples.Images(4), zeros(4, dtype: ScalarType.Int64), Attacks.Threat(attack, 0.1));
            Assert.All(result.Success, Assert.False);
        }
        catch (ZeroGradientException)
        {
            // The probability of the only class is 1 everywhere.
            Assert.Equal("APGD-CE-20", attack);
        }
    }

    [Theory]
    [MemberData(nameof(Attacks.Bounded), MemberType = typeof(Attacks))]
    public void An_ensemble_whose_member_has_given_classes_up_is_attacked(string attack)
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        Classifier[] Members(float value) =>
        [
            new FunctionClassifier(x => linear.call(x).masked_fill(tensor(new[] { false, true, false, true }), value)),
            Samples.Linear(seed: 1), Samples.Linear(seed: 2),
        ];
        var images = Samples.Images(8);
        var surface = new HandmadeSurface<MeanProbability>(Members(Dead));
        using var clean = surface.Evaluate(images, 1);
        AttackResult Run(AttackSurface defense) =>
            Attacks.Named(attack).Run(defense, images, clean.Labels, Attacks.Threat(attack, 0.2), new AttackOptions());
        using var expected = Run(new HandmadeSurface<MeanProbability>(Members(-50)));
        using var result = Run(surface);
        Assert.InRange(result.Success.Count(s => s), expected.Success.Count(s => s) - 2, 8);
    }
}
