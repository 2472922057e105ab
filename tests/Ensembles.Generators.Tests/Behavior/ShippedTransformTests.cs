// Declared to be composed, not to defend.
#pragma warning disable ENS0001, ENS0002, ENS0003, ENS0004, ENS0301

using Ensembles.Attacks;
using Ensembles.Defenses;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>
/// Shipped transforms as fronts, alone and in a row, and inside members: one with a gradient of its own, one that is
/// trained, one without a gradient, one that draws.
/// </summary>
public class ShippedTransformTests
{
    static readonly INetworkFactory networks = Bars.Networks;

    static readonly Dictionary<string, Lazy<Ensemble>> ensembles = new()
    {
        [nameof(Smoothed)] = Trained(
            () => new Smoothed(new(), new(), new(networks), new(networks)), (e, data, o) => e.Train(data, o)),
        [nameof(Recoded)] = Trained(
            () => new Recoded(new(), new(networks), new(networks)), (e, data, o) => e.Train(data, o)),
        [nameof(Cropped)] = Trained(
            () => new Cropped(new(0.85) { EotSamples = 8 }, new(networks), new(networks, 0.3, draws: 3)),
            (e, data, o) => e.Train(data, o)),
    };

    public static TheoryData<string> Names => [.. ensembles.Keys];

    static Lazy<Ensemble> Trained<T>(Func<T> make, Action<T, ILabeledImages, TrainingOptions> train)
        where T : Ensemble => new(() =>
        {
            manual_seed(1);
            using var training = Bars.Make(240, seed: 1);
            var ensemble = make();
            train(ensemble, training, new TrainingOptions { Seed = 1, Epochs = 10, LearningRate = 3e-3 });
            ensemble.eval();
            return ensemble;
        });

    /// <summary>The gradient goes through the front and the members' own transforms, over their draws.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Members_learn_behind_them_and_the_attack_follows_them(string name)
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(30, seed: 2);
        var ensemble = ensembles[name].Value;
        manual_seed(1);
        var right = ensemble.call(held.Images).Labels.eq(held.Labels).to_type(ScalarType.Float32).mean();
        using var found = new Pgd { Steps = 30 }.Run(
            ensemble.Surface, held.Images, held.Labels, new ThreatModel(Norm.Linf, 0.35), new AttackOptions());

        Assert.InRange(right.item<float>(), 0.85f, 1);
        Assert.InRange(found.Success.Count(success => !success) / 30.0, 0, 0.1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_plan_decides_as_it_is_declared(string name)
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(30, seed: 2);
        var ensemble = ensembles[name].Value;
        using var plan = ensemble.Compile(
            new CompileOptions(1, Bars.Size, Bars.Size) { Choices = PlanChoices.Default });
        manual_seed(11);
        var actual = plan.Decide(held.Images);
        manual_seed(11);
        var expected = ensemble.call(held.Images);

        Assert.Equal(expected.Labels.data<long>().ToArray(), actual.Labels.data<long>().ToArray());
        Assert.True(expected.MemberLogits.allclose(actual.MemberLogits, rtol: 1e-3, atol: 1e-3));
    }
}

/// <summary>A network on thermometers of four levels.</summary>
[Defense(Category.NonRobustFeatures)]
[Claims<NonRobustFeatureRemoval>]
public sealed class OnThermometers(INetworkFactory networks)
    : NetworkClassifier(networks, new NetworkRequest { Channels = 4 })
{
    public override ThermometerTransform Transform { get; } = new(levels: 4);
}

/// <summary>Fronts with gradients of their own, one of them trained, and one member on thermometers.</summary>
[Ensemble<MeanLogit>]
public partial class Smoothed
{
    [Front] public partial DenoisingAutoencoderTransform Denoised { get; }
    [Front] public partial MedianTransform Median { get; }
    [Member] public partial UndefendedClassifier Plain { get; }
    [Member] public partial OnThermometers Levels { get; }
}

/// <summary>A front without a gradient.</summary>
[Ensemble<MeanLogit>]
public partial class Recoded
{
    [Front] public partial JpegTransform Jpeg { get; }
    [Member] public partial UndefendedClassifier Plain { get; }
    [Member] public partial EdgeClassifier Edges { get; }
}

/// <summary>A front that draws, and a member that does.</summary>
[Ensemble<MeanLogit>]
public partial class Cropped
{
    [Front] public partial RandomCropTransform Crop { get; }
    [Member] public partial UndefendedClassifier Plain { get; }
    [Member] public partial DropoutClassifier Dropped { get; }
}
