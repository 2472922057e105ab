using static TorchSharp.torch;

namespace Ensembles.Training.Tests;

/// <summary>Training behind what stands before a defense in its ensemble.</summary>
public sealed class BehindFrontTests : IDisposable
{
    const double Epsilon = 0.1;

    static readonly TrainingOptions options = new() { Seed = 3, Epochs = 2, BatchSize = 60 };

    readonly LabeledImages images = Bars.Make(60, seed: 1);
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;

    public void Dispose()
    {
        images.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_as_training_with_the_front_as_a_transform_of_its_own(bool isPerturbed)
    {
        using var scope = NewDisposeScope();
        using var own = Make(isPerturbed, new Negative());
        using var behind = Make(isPerturbed);

        own.Train(images, options);
        behind.Train(images, options.Behind(new Negative()));

        var expected = own.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.All(behind.named_parameters(), p => Assert.True(expected[p.name].Equals(p.parameter)));
        // Alone it stands behind nothing again.
        Assert.True(own.call(images.Images).Equals(behind.call(Negative.Of(images.Images))));
    }

    [Fact]
    public void Images_are_perturbed_before_it()
    {
        using var scope = NewDisposeScope();
        using var front = new Negative();
        using var behind = Make(isPerturbed: true);

        behind.Train(images, options with { Epochs = 1, Front = front });

        // One batch of all images, in an order of its own.
        var clean = images.Images.flatten(1);
        foreach (var seen in front.Seen)
        {
            var nearest = (seen.flatten(1).unsqueeze(1) - clean).abs().amax([2]).amin([1]);
            Assert.InRange(nearest.max().item<float>(), 0, Epsilon + 1e-6);
            Assert.InRange(seen.min().item<float>(), 0, 1);
            Assert.InRange(seen.max().item<float>(), 0, 1);
        }

        Assert.Contains(front.Seen, seen =>
            (seen.flatten(1).unsqueeze(1) - clean).abs().amax([2]).amin([1]).max().item<float>() > Epsilon / 2);
    }

    [Fact]
    public void It_stays_as_it_is_and_acts_in_evaluation_mode()
    {
        using var front = new Negative();
        front.train();
        using var behind = Make(isPerturbed: true);

        behind.Train(images, options with { Epochs = 1, Front = front });

        Assert.True(front.training);
        Assert.DoesNotContain(true, front.Modes);
        Assert.DoesNotContain(front, behind.modules());
    }

    [Fact]
    public void A_checkpoint_made_behind_another_front_is_refused()
    {
        var kept = options with { CheckpointPath = Path.Combine(folder, "run.safetensors") };
        using var behind = Make(isPerturbed: false);
        behind.Train(images, kept.Behind(new Negative()));

        using var again = Make(isPerturbed: false);
        Assert.Throws<InvalidOperationException>(() => again.Train(images, kept.Behind(new Negative(steps: 8))));
        Assert.Throws<InvalidOperationException>(() => again.Train(images, kept));
        again.Train(images, kept.Behind(new Negative()));
    }

    static Plain Make(bool isPerturbed, InputTransform? transform = null)
    {
        random.manual_seed(5);
        var perturbation = isPerturbed ? new PgdPerturbation(Epsilon, steps: 2) : null;
        return new Plain(Bars.Networks, transform)
        {
            Perturbation = perturbation,
        };
    }

    sealed class Plain(INetworkFactory networks, InputTransform? transform) : NetworkClassifier(networks)
    {
        public override InputTransform? Transform => transform;
    }

    /// <summary>The negative, in steps.</summary>
    sealed class Negative(int steps = 4) : InputTransform(nameof(Negative)), INonDifferentiable
    {
        public int Steps => steps;

        /// <summary>What it has been shown.</summary>
        internal List<Tensor> Seen { get; } = [];

        /// <summary>Whether it was in training mode each time.</summary>
        internal List<bool> Modes { get; } = [];

        public static Tensor Of(Tensor images, int steps = 4) => 1 - ((images * steps).round() / steps);

        public override Tensor forward(Tensor images)
        {
            Seen.Add(images.detach().clone().DetachFromDisposeScope());
            Modes.Add(training);
            return Of(images, steps);
        }

        public Tensor surrogate(Tensor images) => 1 - images;
    }
}
