using Ensembles.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Adversarial images that stand out from clean and from noisy ones.</summary>
public sealed class AdversarialRejectionTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly LabeledImages images = Halves.Images();

    public void Dispose()
    {
        images.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void A_detector_of_the_attack_rejects_and_a_detector_of_any_disturbance_does_not()
    {
        // Clean halves agree on the class; an attack on the left half makes them disagree, noise of the same size
        // hardly.
        var disagreement = new Score(
            x => -(
                x
                    .narrow(3, 0, 2)
                    .mean([1, 2, 3]) - 0.5) * (x
                    .narrow(3, 2, 2)
                    .mean([1, 2, 3]) - 0.5).sign()).Evaluating();
        var witness = AdversarialRejection.Measure(disagreement, Brightness.Left, images);
        Assert.True(witness.Defense > 0.9, $"{witness.Defense}");
        Assert.True(witness.Holds);

        // Flat halves are clean, rough ones noisy or attacked at the edge: clean against noise is all it tells.
        var roughness = new Score(x => x.narrow(3, 0, 2).std([1, 2, 3])).Evaluating();
        Assert.False(AdversarialRejection.Measure(roughness, Brightness.Left, images).Holds);
        Assert.False(
            AdversarialRejection.Measure(
                new Score(x => x.mean([1, 2, 3]) * 0).Evaluating(), Brightness.Left, images).Holds);
        Assert.Throws<ArgumentException>(
            "defense", () => AdversarialRejection.Measure(Brightness.Right, Brightness.Left, images));
    }

    [Fact]
    public void Iterated_steps_stay_in_the_ball_and_in_the_box_and_beat_one_step()
    {
        using var ball = HalvingRadius.Linf(0.3);
        var adversarial = AdversarialRejection.Iterate(Brightness.Left, images, ball);
        Assert.True((adversarial - images.Images).abs().max().item<float>() <= 0.3f + 1e-6f);
        Assert.InRange(adversarial.min().item<float>(), 0, 1);
        Assert.InRange(adversarial.max().item<float>(), 0, 1);
        Assert.Equal(0, Decisions.Share(Decisions.Right(Brightness.Left, adversarial, images)));
    }
}
