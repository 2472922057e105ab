using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.FeatureSeparation;

public class NoBatchNormTests
{
    static ResNet18Factory Residual => new(1, Bars.Size, Bars.Classes) { Width = 0.0625 };

    /// <summary>
    /// The margin's gradient over the margin: 0.8 against 2.2, 1.0 against 4.2 and 1.1 against 6.6 for the seeds 1 to
    /// 3. Neither withstands an attack.
    /// </summary>
    [Fact]
    public void A_residual_network_is_less_sensitive_than_its_twin_with_batch_norm_and_falls_all_the_same()
    {
        using var training = Bars.Make(300, seed: 1);
        using var held = Bars.Make(150, seed: 2);
        var run = new TrainingOptions { Seed = 1, Epochs = 15, BatchSize = 30, LearningRate = 2e-3 };
        random.manual_seed(1);
        using var twin = new UndefendedClassifier(Residual);
        using var without = new NoBatchNormClassifier(Residual, Normalization.None);
        twin.Train(training, run);
        without.Train(training, run);
        var witness = SmallInputJacobian.Measure(without, twin, held);
        Assert.True(witness.Holds, witness.ToString());
        Assert.True(Bars.Accuracy(without, held) > 0.9);
        Assert.InRange(UnderAttack.Robust(without, held, 0.2), 0, 0.15);
        Assert.InRange(UnderAttack.Robust(twin, held, 0.2), 0, 0.15);
    }

    [Theory]
    [InlineData(Normalization.Fixup)]
    [InlineData(Normalization.None)]
    public void It_has_no_batch_norm_whatever_the_factory_makes_by_itself(Normalization normalization)
    {
        INetworkFactory[] factories =
            [Residual, new SmallCnnFactory(1, Bars.Size, Bars.Classes) { Normalization = Normalization.Batch }];
        foreach (var factory in factories)
        {
            using var undefended = new UndefendedClassifier(factory);
            using var without = new NoBatchNormClassifier(factory, normalization);
            Assert.Contains(undefended.modules(), module => module is NormBase);
            Assert.DoesNotContain(without.modules(), module => module is NormBase);
        }
    }

    [Fact]
    public void Batch_norm_is_refused_asked_for_or_made_nevertheless()
    {
        Assert.Contains(
            "ask for Fixup or None",
            Assert.Throws<ArgumentException>(() => new NoBatchNormClassifier(Residual, Normalization.Batch)).Message);
        Assert.Contains(
            "Deaf",
            Assert.Throws<ArgumentException>(() => new NoBatchNormClassifier(new Deaf())).Message);
    }

    sealed class Deaf : INetworkFactory
    {
        public FeatureNetwork Create(NetworkRequest? request = null) => Residual.Create();
    }
}
