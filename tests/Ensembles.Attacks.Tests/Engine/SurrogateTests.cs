using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>Backward pass differentiable approximation.</summary>
public class SurrogateTests
{
    /// <summary>The identity with itself as surrogate is the plain network, bit for bit.</summary>
    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void An_identity_surrogate_changes_nothing(string attack)
    {
        using var scope = NewDisposeScope();
        var threat = Attacks.Threat(attack, 0.07);
        manual_seed(1);
        var network = Sequential(Conv2d(1, 4, 3), Tanh(), Flatten(), Linear(16, 4));
        network.eval();
        var images = Samples.Images(24);
        var labels = Samples.LabelsOf(network, images);
        // Neither has a plan, which would round otherwise.
        var plain = Attacks.Named(attack).Run(
            new Behind(new FunctionClassifier(x => x.alias()), network), images, labels, threat);
        var behind = Attacks.Named(attack).Run(new Behind(new SurrogateIdentity(), network), images, labels, threat);
        Assert.Equal(Samples.Floats(plain.Images), Samples.Floats(behind.Images));
        Assert.Equal(plain.Success, behind.Success);
        Assert.Equal((plain.Forwards, plain.Backwards), (behind.Forwards, behind.Backwards));
    }

    /// <summary>
    /// The decision is the exact one: an image that the surrogate alone would misclassify is no success.
    /// </summary>
    [Fact]
    public void Success_is_judged_on_the_exact_decision()
    {
        // One bit: pixels of 0.3 and 0.42 are both 0, so within 0.12 nothing changes, while the straight-through
        // gradient sees a way.
        var network = new Behind(
            new StraightThroughBitDepth(1),
            new LinearNetwork(new float[,] { { 0, 0, 0, 0 }, { 1, 1, 1, 1 } }, [1.3f, 0]));
        using var images = full(1, 1, 2, 2, 0.3f);
        using var near = new Pgd().Run(network, images, tensor(new[] { 0L }), new ThreatModel(Norm.Linf, 0.12));
        using var far = new Pgd().Run(network, images, tensor(new[] { 0L }), new ThreatModel(Norm.Linf, 0.25));
        Assert.Equal((false, true), (near.Success[0], far.Success[0]));
    }
}
