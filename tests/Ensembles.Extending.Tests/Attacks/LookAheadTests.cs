using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Extending.Tests.Attacks;

/// <summary>An attack of one's own on an ensemble with a gate and a part that has no gradient.</summary>
public class LookAheadTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.08);

    [Fact]
    public void It_breaks_a_gated_ensemble_with_a_surrogate_as_well_as_Pgd_does()
    {
        using var scope = NewDisposeScope();
        var (ensemble, images, labels) = Guarded.Create();
        int Broken(IAttack attack)
        {
            using var result = attack.Run(ensemble.Surface, images, labels, threat, new AttackOptions { Seed = 1 });
            // By the ensemble's own decision: wrong, and accepted.
            using var noGradient = no_grad();
            var decided = ensemble.call(result.Images).Labels;
            var broken = decided.ne(labels).logical_and(decided.ne(Decision.Reject)).data<bool>().ToArray();
            Assert.Equal(broken, result.Success);
            Assert.All(result.Distance, distance => Assert.InRange(distance, 0, 0.08));
            return broken.Count(b => b);
        }

        var (ours, theirs) = (Broken(new LookAhead { Restarts = 6 }), Broken(new Pgd { Restarts = 6 }));
        Assert.InRange(theirs, 20, images.size(0) - 20);
        Assert.True(ours >= theirs, $"{ours} of {images.size(0)} images broken, by Pgd {theirs}");
    }

    [Fact]
    public void It_fares_as_the_librarys_attacks_do_on_bad_input()
    {
        using var scope = NewDisposeScope();
        var (ensemble, images, labels) = Guarded.Create();
        var attack = new LookAhead();
        AttackResult Run(Tensor shown, ThreatModel under) =>
            attack.Run(ensemble.Surface, shown, labels, under, new AttackOptions());

        Assert.ThrowsAny<ArgumentException>(() => Run(images + 1, threat));
        Assert.ThrowsAny<ArgumentException>(() => Run(images, new ThreatModel(Norm.L1, 1)));
        Assert.ThrowsAny<ArgumentException>(() => Run(images, ThreatModel.Unbounded(Norm.L2)));
        ensemble.train();
        Assert.Throws<InvalidOperationException>(() => Run(images, threat));
    }
}
