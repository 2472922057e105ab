using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// A chosen class for each image, on the parity network: every success is that class, by the network's own word.
/// </summary>
public class TargetCriterionTests
{
    const int Count = 24;

    /// <summary>
    /// An attack with the radius it is given, and how many of the images it has to bring to their classes.
    /// </summary>
    public static TheoryData<IAttack, double, int> Targeted => new()
    {
        { new Pgd { Restarts = 2 }, 0.2, Count * 3 / 4 },
        { new Apgd { Loss = AttackLoss.Dlr }, 0.2, Count / 4 },
        { new Apgd(), 0.2, Count * 3 / 4 },
        { new ApgdTargeted { Steps = 40 }, 0.2, Count * 3 / 4 },
        { new MultiTargeted(), 0.2, Count * 3 / 4 },
        { new Square { Queries = 1500 }, 0.2, Count / 2 },
        { new CarliniWagnerL2 { Steps = 80, SearchSteps = 6 }, double.PositiveInfinity, Count * 3 / 4 },
        { new Ddn(), double.PositiveInfinity, Count },
        { new Fmn(), double.PositiveInfinity, Count },
        { new HopSkipJump { Steps = 3, FirstQueries = 20 }, double.PositiveInfinity, Count * 3 / 4 },
        { new Boundary { Steps = 50 }, double.PositiveInfinity, Count * 3 / 4 },
    };

    [ParityTheory]
    [MemberData(nameof(Targeted), DisableDiscoveryEnumeration = true)]
    public void Every_success_is_the_target(IAttack attack, double epsilon, int least)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = First();
        var network = Parity.Network();
        // Not the class it is, nor the one it is nearest to: five further on.
        long[] targets = [.. labels.data<long>().ToArray().Select(label => (label + 5) % 10)];
        var norm = attack.Norms[0];
        var threat = double.IsInfinity(epsilon) ? ThreatModel.Unbounded(norm) : new ThreatModel(norm, epsilon);
        // Batches of 16: targets are those of the images of the run, not of the batch.
        var options = new AttackOptions { Criterion = Criterion.Target(targets), BatchSize = 16 };
        using var result = attack.Run(network, images, labels, threat, options);

        using var _ = no_grad();
        var decided = network.call(result.Images).argmax(1).data<long>().ToArray();
        Assert.Equal(decided.Zip(targets, (d, t) => d == t), result.Success);
        Assert.InRange(result.Success.Count(s => s), least, Count);
    }

    [ParityFact]
    public void AutoAttack_hands_each_image_its_target_on()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = First();
        var network = Parity.Network();
        long[] targets = [.. labels.data<long>().ToArray().Select(label => (label + 5) % 10)];
        var options = new AttackOptions { Criterion = Criterion.Target(targets) };
        var attack = new AutoAttack { Version = AutoAttackVersion.Rand };
        using var result = attack.Run(network, images, labels, new ThreatModel(Norm.Linf, 0.15), options);

        using var _ = no_grad();
        var decided = network.call(result.Images).argmax(1).data<long>().ToArray();
        Assert.Equal(decided.Zip(targets, (d, t) => d == t), result.Success);
        Assert.InRange(result.Success.Count(s => s), 1, Count - 1);
    }

    static (Tensor Images, Tensor Labels) First()
    {
        var (images, labels) = Parity.Images();
        return (images.narrow(0, 0, Count), labels.narrow(0, 0, Count));
    }
}
