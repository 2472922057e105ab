using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// Defenses that only hide their gradient: an attack that follows gradients raises or breaks them, and never reports
/// them robust.
/// </summary>
public class MaskedGradientTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.3);

    [Theory]
    [MemberData(nameof(Attacks.Following), MemberType = typeof(Attacks))]
    public void A_threshold_on_pixels_raises(string attack) =>
        Raises(
            attack,
            new FunctionClassifier(images => images.gt(0.5).to_type(ScalarType.Float32).flatten(1).narrow(1, 0, 4)));

    [Theory]
    [MemberData(nameof(Attacks.Following), MemberType = typeof(Attacks))]
    public void A_quantised_input_raises(string attack) =>
        Raises(attack, new Behind(new BitDepth(2), Samples.Linear()));

    [Theory]
    [MemberData(nameof(Attacks.Following), MemberType = typeof(Attacks))]
    public void A_one_hot_answer_raises(string attack) =>
        Raises(
            attack,
            new FunctionClassifier(
                images => functional.one_hot(images.flatten(1).narrow(1, 0, 4).argmax(1), 4)
                    .to_type(ScalarType.Float32)));

    [Theory]
    [MemberData(nameof(Attacks.Following), MemberType = typeof(Attacks))]
    public void Probabilities_that_float32_has_rounded_raise(string attack)
    {
        var linear = Samples.Linear();
        Raises(attack, new FunctionClassifier(images => (linear.call(images) * 1e6).softmax(1)));
    }

    /// <summary>
    /// One member of three: the others' gradients would hide it, and the ensemble would seem to gain from it.
    /// </summary>
    [Theory]
    [MemberData(nameof(Attacks.Following), MemberType = typeof(Attacks))]
    public void One_masked_member_among_honest_ones_raises_by_its_name(string attack)
    {
        using var scope = NewDisposeScope();
        var surface = new HandmadeSurface<MeanLogit>(
            [Samples.Linear(), new Behind(new BitDepth(1), Samples.Linear(seed: 1)), Samples.Linear(seed: 2)]);
        var images = Samples.Images(6);
        var raised = Assert.Throws<ZeroGradientException>(
            () => Attacks.Named(attack).Run(
                surface, images, zeros(6, dtype: ScalarType.Int64), Attacks.Threat(attack, 0.3), new AttackOptions()));
        Assert.Contains("Member1", raised.Message);
    }

    [Fact]
    public void A_surrogate_breaks_the_quantised_input()
    {
        var network = new Behind(new StraightThroughBitDepth(2), Samples.Linear());
        var images = Samples.Images(16);
        using var result = new Pgd().Run(network, images, Samples.LabelsOf(network, images), threat);
        Assert.All(result.Success, Assert.True);
    }

    /// <summary>
    /// Logits of ten thousands: their softmax is exactly 1, so its error and the gradient of cross-entropy are exactly
    /// 0.
    /// </summary>
    [Fact]
    public void A_saturated_softmax_falls_to_the_margin_and_blinds_cross_entropy()
    {
        var network = new ScaledNetwork(Samples.Linear(), 1e6);
        var images = Samples.Images(16);
        var labels = Samples.LabelsOf(network, images);
        Assert.Throws<ZeroGradientException>(
            () => new Pgd { Loss = AttackLoss.CrossEntropy, RandomStart = false }.Run(network, images, labels, threat));
        using var result = new Pgd().Run(network, images, labels, threat);
        Assert.All(result.Success, Assert.True);
    }

    /// <summary>
    /// Images that a random start breaks have a gradient where they are; those it leaves have none, and must not look
    /// robust.
    /// </summary>
    [Fact]
    public void The_gradient_of_images_that_luck_has_broken_does_not_count()
    {
        var network = new ScaledNetwork(Samples.Linear(), 1e6);
        var images = Samples.Images(64);
        var labels = Samples.LabelsOf(network, images);
        using var lucky = new UniformNoise { Tries = 1 }.Run(network, images, labels, threat);
        Assert.Contains(true, lucky.Success);
        Assert.Throws<ZeroGradientException>(
            () => new Pgd { Loss = AttackLoss.CrossEntropy, Steps = 5 }.Run(network, images, labels, threat));
    }

    /// <summary>The gate's score is a step: to pass it, an attack would have to know the way.</summary>
    [Fact]
    public void A_gate_without_a_gradient_raises_by_its_name()
    {
        var gate = new FunctionDetector(images => images.flatten(1).amax([1]).gt(0.0).to_type(ScalarType.Float32));
        var surface = new HandmadeSurface<MeanLogit>([Samples.Linear()], [(gate, 0.5f)]);
        var images = Samples.Images(4);
        var raised = Assert.Throws<ZeroGradientException>(
            () => new Pgd().Run(
                surface, images, Samples.LabelsOf(Samples.Linear(), images), threat, new AttackOptions()));
        Assert.Contains("Gate0", raised.Message);
    }

    [Theory]
    [MemberData(nameof(Attacks.Searching), MemberType = typeof(Attacks))]
    public void A_search_needs_no_gradient(string attack)
    {
        var network = new FunctionClassifier(
            images => images.gt(0.5).to_type(ScalarType.Float32).flatten(1).narrow(1, 0, 2));
        using var images = tensor(new[] { 0.52f, 0.48f, 0f, 0f }, [1, 1, 2, 2]);
        using var result = Attacks.Named(attack).Run(
            network, images, tensor(new[] { 0L }), Attacks.Threat(attack, 0.3));
        Assert.True(result.Success[0]);
        Assert.Equal(0, result.Backwards);
    }

    static void Raises(string attack, Module<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(6);
        Assert.Throws<ZeroGradientException>(
            () => Attacks.Named(attack).Run(
                network, images, Samples.LabelsOf(network, images), Attacks.Threat(attack, 0.3)));
    }
}
