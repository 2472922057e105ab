using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Extending.Tests.Attacks;

/// <summary>
/// A criterion of one's own: the image is accepted under a class below its label, as a meter that is to read less than
/// it should.
/// </summary>
public sealed record LowerClass : Criterion
{
    public override string Name => "Lower class";

    public override bool IsMetBy(long decided, long label, int image) => decided < label;
}

public class LowerClassTests
{
    /// <summary>Attacks of four kinds: by gradient, for the nearest image, by scores and by labels.</summary>
    public static TheoryData<IAttack> Attacks =>
        [new Pgd { Restarts = 2 }, new Ddn { Steps = 40 }, new Square { Queries = 300 }, new HopSkipJump { Steps = 5 }];

    [Theory]
    [MemberData(nameof(Attacks), DisableDiscoveryEnumeration = true)]
    public void Every_success_is_a_lower_class(IAttack attack)
    {
        using var scope = NewDisposeScope();
        var (lower, broken) = Run(attack, new LowerClass());
        Assert.Equal(lower, broken);
        Assert.InRange(broken.Count(b => b), 10, broken.Length);
    }

    [Fact]
    public void It_joins_with_another()
    {
        using var scope = NewDisposeScope();
        var attack = new Pgd { Restarts = 2 };
        var (_, lower) = Run(attack, new LowerClass());
        var (_, zero) = Run(attack, new LowerClass() & Criterion.Target(0));
        var (_, none) = Run(attack, new LowerClass() & Criterion.Target(3));

        Assert.InRange(zero.Count(b => b), 1, lower.Count(b => b));
        Assert.DoesNotContain(true, none);
    }

    /// <summary>
    /// For each image whether the ensemble accepts what was found under a lower class, and what the attack says.
    /// </summary>
    static (bool[] Lower, bool[] Broken) Run(IAttack attack, Criterion criterion)
    {
        var (ensemble, images, labels) = Guarded.Create();
        var options = new AttackOptions { Criterion = criterion };
        using var result = attack.Run(ensemble.Surface, images, labels, new ThreatModel(attack.Norms[0], 0.5), options);
        using var noGradient = no_grad();
        var decided = ensemble.call(result.Images).Labels;
        var lower = decided.lt(labels).logical_and(decided.ne(Decision.Reject));
        return (lower.data<bool>().ToArray(), [.. result.Success]);
    }
}
