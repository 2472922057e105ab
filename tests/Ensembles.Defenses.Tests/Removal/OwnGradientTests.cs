using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

/// <summary>
/// Transforms that are attacked through their own gradient, beside the identity that an attack could take them for: a
/// gradient that leads less far would flatter them.
/// </summary>
public class OwnGradientTests
{
    static readonly Dictionary<string, (Func<InputTransform> Make, double Epsilon)> transforms = new()
    {
        [nameof(LowPassTransform)] = (() => new LowPassTransform(4), 0.15),
        [nameof(GaussianBlurTransform)] = (() => new GaussianBlurTransform(), 0.15),
        [nameof(MedianTransform)] = (() => new MedianTransform(), 0.1),
        [nameof(BilateralTransform)] = (() => new BilateralTransform(), 0.15),
        [nameof(NonLocalMeansTransform)] = (() => new NonLocalMeansTransform(), 0.15),
        [nameof(DenoisingAutoencoderTransform)] = (() => Trained(new DenoisingAutoencoderTransform()), 0.2),
        [nameof(SparseCodingTransform)] =
            (() => Trained(new SparseCodingTransform(patch: 4, atoms: 32, lambda: 0.05, steps: 20)), 0.15),
    };

    public static TheoryData<string> Names => [.. transforms.Keys];

    static InputTransform Trained<T>(T transform) where T : InputTransform, ITrainable
    {
        using var training = Bars.Make(240, seed: 1);
        transform.Train(training, new TrainingOptions { Seed = 1, Epochs = 10, LearningRate = 5e-3 });
        return transform;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_leads_an_attack_at_least_as_far_as_the_identity(string name)
    {
        random.manual_seed(1);
        var (make, epsilon) = transforms[name];
        var transform = make();
        var own = BehindTransform.Of(transform, epsilon).Robust;
        var identity = BehindTransform.Of(new TakenForIdentity(transform), epsilon).Robust;

        // Where nothing is left, or everything, nothing is compared.
        Assert.InRange(identity, 0.1, 0.97);
        // On other processors three of the sixty images may fall the other way.
        Assert.InRange(own, 0, identity + 0.05);
    }
}
