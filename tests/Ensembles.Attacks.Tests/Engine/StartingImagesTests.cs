using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>What is known before an attack: it is never weaker than a replay, and restarts begin there.</summary>
public class StartingImagesTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.35);

    static Tensor Clean => full(2, 1, 1, 2, 0.5f);

    static Tensor Labels => tensor(new[] { 0L, 0L });

    /// <summary>
    /// The class is 1 where the first pixel is above 0.8, with slopes so slight that short attacks stop before.
    /// </summary>
    static LinearNetwork Network() => new(new float[,] { { 0, 0 }, { 1, 0 } }, [0, -0.8f]);

    /// <summary>One image is known for the first clean image, none for the second.</summary>
    static Tensor Known => tensor(new[] { 0.84f, 0.5f, 0.5f, 0.5f }, [2, 1, 1, 2]);

    public static TheoryData<IAttack> Weak =>
    [
        new Pgd { Steps = 1, StepSize = 0.01, RandomStart = false }, new Bim { Steps = 1, StepSize = 0.01 },
        new UniformNoise { Tries = 1 }, new Square { Queries = 1 },
    ];

    [Theory]
    [MemberData(nameof(Weak))]
    public void No_attack_is_weaker_than_a_replay(IAttack attack)
    {
        using var scope = NewDisposeScope();
        var surface = AttackSurface.FromClassifier(Network());
        var options = new AttackOptions { StartingImages = [Clean, Known] };
        using var result = attack.Run(surface, Clean, Labels, threat, options);

        Assert.True(result.Success[0]);
        Assert.True(result.Distance[0] <= 0.35);
        using var output = surface.Evaluate(result.Images, draws: 1);
        Assert.Equal(1, output.Labels[0].item<long>());
    }

    [Fact]
    public void Known_images_outside_of_the_ball_are_brought_into_it()
    {
        using var scope = NewDisposeScope();
        var near = new ThreatModel(Norm.Linf, 0.2);
        var attack = new Pgd { Steps = 1, StepSize = 0.01, RandomStart = false };
        using var result = attack.Run(
            AttackSurface.FromClassifier(Network()), Clean, Labels, near,
            new AttackOptions { StartingImages = [Known] });

        Assert.False(result.Success[0]);
        Assert.All(result.Distance, distance => Assert.True(distance <= 0.2));
    }

    /// <summary>
    /// From the known image, which falls short of the boundary, one step is enough; from the clean image it is not.
    /// </summary>
    [Fact]
    public void The_first_restart_begins_at_the_most_promising_of_them()
    {
        using var scope = NewDisposeScope();
        var (nearly, far) = (Clean.clone(), Clean.clone());
        nearly[0, 0, 0, 0] = 0.79f;
        far[0, 0, 0, 0] = 0.6f;
        var attack = new Pgd { Steps = 1, StepSize = 0.02, RandomStart = false };
        var surface = AttackSurface.FromClassifier(Network());
        using var alone = attack.Run(surface, Clean, Labels, threat, new AttackOptions());
        using var informed = attack.Run(
            surface, Clean, Labels, threat, new AttackOptions { StartingImages = [far, nearly] });

        Assert.Equal([false, false], alone.Success);
        Assert.Equal([true, false], informed.Success);
    }

    [Fact]
    public void They_are_one_for_each_image()
    {
        using var scope = NewDisposeScope();
        var options = new AttackOptions { StartingImages = [Known.narrow(0, 0, 1)] };
        var thrown = Assert.Throws<ArgumentException>(
            () => new Pgd().Run(AttackSurface.FromClassifier(Network()), Clean, Labels, threat, options));
        Assert.Contains("one for each image", thrown.Message);
    }

    [Fact]
    public void What_AutoAttack_passes_on_belongs_to_the_images_that_are_left()
    {
        using var scope = NewDisposeScope();
        var labels = tensor(new[] { 1L, 0L });
        // The first image is wrong when clean: from the second stage on the second image is alone.
        using var result = new AutoAttack().Run(
            AttackSurface.FromClassifier(Network()), Clean, labels, threat,
            new AttackOptions { StartingImages = [Known] });
        Assert.Equal([true, true], result.Success);
    }
}
