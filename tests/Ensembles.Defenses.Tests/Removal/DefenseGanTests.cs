using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Removal;

public class DefenseGanTests
{
    static readonly TrainingOptions run = new() { Seed = 1, Epochs = 250, BatchSize = 48, LearningRate = 1.5e-3 };

    static readonly Lazy<DefenseGanTransform> trained = new(() =>
    {
        random.manual_seed(1);
        using var training = Bars.Make(300, seed: 1);
        var transform = Make(restarts: 3, steps: 40);
        transform.Train(training, run);
        return transform;
    });

    static DefenseGanTransform Make(int restarts, int steps) =>
        new(1, Bars.Size, latent: 8, width: 128, restarts, steps) { EotSamples = 2 };

    static Tensor Errors(InputTransform transform, Tensor images) =>
        (transform.call(images) - images).square().flatten(1).mean([1]);

    [Fact]
    public void An_image_of_the_generator_comes_back_as_it_is()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        random.manual_seed(1);
        using var transform = Make(restarts: 4, steps: 300);
        transform.load_state_dict(trained.Value.state_dict());
        transform.eval();
        var made = transform.Generate(randn(20, 8));
        Assert.InRange(Errors(transform, made).median().item<float>(), 0, 2e-3);
        Assert.InRange(made.std().item<float>(), 0.1, 0.6);
    }

    [Fact]
    public void More_restarts_begin_with_the_same_and_never_end_further_off()
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(20, seed: 2);
        Tensor With(int restarts)
        {
            using var transform = Make(restarts, steps: 20);
            transform.load_state_dict(trained.Value.state_dict());
            random.manual_seed(5);
            return Errors(transform, held.Images);
        }

        var errors = new[] { 1, 2, 5 }.Select(With).ToArray();
        Assert.True(errors[1].le(errors[0] + 1e-6).all().item<bool>());
        Assert.True(errors[2].le(errors[1] + 1e-6).all().item<bool>());
        Assert.True(errors[2].mean().item<float>() < errors[0].mean().item<float>());
    }

    [Fact]
    public void Trained_it_makes_what_bars_are_near_to_and_draws()
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(40, seed: 2);
        random.manual_seed(1);
        using var untrained = Make(restarts: 3, steps: 40);
        using var twin = new LowPassTransform();
        untrained.eval();
        twin.eval();
        var (before, after) = (Errors(untrained, held.Images), Errors(trained.Value, held.Images));
        Assert.True(after.mean().item<float>() < before.mean().item<float>() / 2, $"{after.mean().item<float>()}");
        var claim = TestTimeRandomness.Measure(trained.Value, twin, held);
        Assert.True(claim.Holds, $"{claim}");
    }

    [Fact]
    public void Falls_to_an_attack_that_takes_it_for_the_identity_and_averages_over_draws()
    {
        random.manual_seed(1);
        var (clean, robust) = BehindTransform.Of(trained.Value, epsilon: 0.4);

        Assert.InRange(clean, 0.7, 1);
        Assert.InRange(robust, 0, 0.2);
    }

    /// <summary>
    /// The way around it: images of the generator, which the search gives back as they are. Of each image, z is moved
    /// to where the generator is near it and the network answers otherwise.
    /// </summary>
    [Fact]
    public void Falls_to_images_of_its_own_generator()
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(30, seed: 2);
        const int starts = 4;
        random.manual_seed(1);
        var z = randn(starts * 30, 8).requires_grad_();
        var (images, labels) = (held.Images.repeat(starts, 1, 1, 1), held.Labels.repeat(starts));
        using var descent = optim.Adam([new TorchSharp.Modules.Parameter(z)], 0.05);
        z = descent.parameters().Single();
        for (var step = 0; step < 200; step++)
        {
            using var inner = NewDisposeScope();
            descent.zero_grad();
            var made = trained.Value.Generate(z);
            var margin = Margin(BehindTransform.Network.call(made));
            (((made - images).square().flatten(1).sum(1) / 4) + functional.relu(margin + 1)).sum().backward();
            descent.step();
        }

        using var noGradient = no_grad();
        var found = trained.Value.Generate(z);
        var wrong = Margin(BehindTransform.Network.call(trained.Value.call(found))).lt(0).view(starts, 30);
        var distance = (found - images).square().flatten(1).sum(1).sqrt().view(starts, 30)
            .masked_fill(wrong.logical_not(), double.PositiveInfinity).amin([0]);
        Assert.InRange(wrong.any(0).to_type(ScalarType.Float32).mean().item<float>(), 0.8f, 1);
        // Of images of a length of 3 to 4.
        Assert.InRange(distance.median().item<float>(), 0, 3);

        Tensor Margin(Tensor logits)
        {
            var own = functional.one_hot(labels, Bars.Classes).to_type(ScalarType.Bool);
            return logits.masked_select(own) - logits.masked_fill(own, double.NegativeInfinity).amax([1]);
        }
    }

    /// <summary>
    /// The error as a gate at a false positive rate of 5 %: what it catches of an attack that does not know it, and
    /// what it keeps from one that does.
    /// </summary>
    [Fact]
    public void The_detector_falls_to_an_attack_that_stays_near_the_generator()
    {
        random.manual_seed(1);
        using var detector = new DefenseGanDetector(1, Bars.Size, latent: 8, width: 128, restarts: 2, steps: 30);
        detector.load_state_dict(trained.Value.state_dict(), strict: false);
        using var seen = Bars.Make(300, seed: 1);
        Assert.Contains(
            "no scores yet", Assert.Throws<InvalidOperationException>(() => detector.call(seen.Images)).Message);
        detector.FittedTo.Remember(seen, default);
        detector.eval();
        using var threshold = zeros(1);
        Assert.Throws<ArgumentException>(() => GateThreshold.Calibrate(threshold, detector, seen.Images, 0.05));
        var (caught, robust) = BehindGate.Of(detector, epsilon: 0.4);
        Assert.InRange(caught, 0.3, 1);
        Assert.InRange(robust, 0, 0.3);
    }

    [Fact]
    public void Impossible_numbers_and_other_shapes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DefenseGanTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DefenseGanTransform(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DefenseGanTransform(latent: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DefenseGanTransform(restarts: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DefenseGanDetector(steps: 0));
        using var transform = Make(1, 1);
        Assert.Contains("have 3", Assert.Throws<ArgumentException>(() => transform.call(zeros(1, 3, 12, 12))).Message);
        Assert.Contains("8x12", Assert.Throws<ArgumentException>(() => transform.call(zeros(1, 1, 8, 12))).Message);
        Assert.Contains("[N, 8]", Assert.Throws<ArgumentException>(() => transform.Generate(zeros(2, 7))).Message);
    }
}
