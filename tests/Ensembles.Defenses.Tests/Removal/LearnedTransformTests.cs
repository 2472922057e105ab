using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

/// <summary>The denoising autoencoder and sparse coding.</summary>
public sealed class LearnedTransformTests : IDisposable
{
    static readonly TrainingOptions run = new() { Seed = 1, Epochs = 10, LearningRate = 5e-3 };

    readonly LabeledImages training = Bars.Make(240, seed: 1);

    public void Dispose() => training.Dispose();

    static InputTransform Make(string name, int seed = 1)
    {
        random.manual_seed(seed);
        return name == nameof(SparseCodingTransform)
            ? new SparseCodingTransform(patch: 4, atoms: 32, lambda: 0.05, steps: 20)
            : new DenoisingAutoencoderTransform();
    }

    InputTransform Trained(string name, TrainingOptions options)
    {
        var transform = Make(name);
        ((ITrainable)transform).Train(training, options);
        return transform;
    }

    public static TheoryData<string> Names => [nameof(DenoisingAutoencoderTransform), nameof(SparseCodingTransform)];

    /// <summary>Training reads what a front makes of the images.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_trained_behind_a_front(string name)
    {
        using var scope = NewDisposeScope();
        using var front = new MedianTransform();
        front.train();
        var options = run with { Epochs = 1 };
        using var behind = Trained(name, options with { Front = front });
        // A front that was in training mode is so again.
        Assert.True(front.training);
        front.eval();
        using var same = Make(name);
        using var shown = new LabeledImages(front.call(training.Images), training.Labels.clone(), Bars.Classes);
        ((ITrainable)same).Train(shown, options);
        TensorAssert.SameState(same, behind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_falls_to_an_attack_through_it(string name)
    {
        using var transform = Trained(name, run);
        var (clean, robust) = BehindTransform.Of(transform, epsilon: 0.3);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(robust, 0, 0.1);
    }

    [Fact]
    public void The_trained_autoencoder_takes_out_at_least_half_of_the_noise()
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(60, seed: 2);
        using var transform = Trained(
            nameof(DenoisingAutoencoderTransform), run with { Epochs = 25, BatchSize = 16, LearningRate = 1e-2 });
        var claim = ManifoldProjection.Measure(transform, BehindTransform.Network, held);
        Assert.True(claim.Holds, $"{claim}");
    }

    [Fact]
    public void A_learned_dictionary_rebuilds_images_with_less_than_a_random_one()
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(60, seed: 2);
        using var untrained = Make(nameof(SparseCodingTransform));
        using var trained = Trained(nameof(SparseCodingTransform), run);
        Assert.True(Distance(trained) < Distance(untrained) / 1.5, $"{Distance(trained)}, {Distance(untrained)}");

        double Distance(InputTransform transform) =>
            (transform.call(held.Images) - held.Images).square().mean().item<float>();
    }

    [Fact]
    public void Each_step_of_the_coding_lowers_what_it_minimises()
    {
        using var scope = NewDisposeScope();
        using var transform = (SparseCodingTransform)Make(nameof(SparseCodingTransform));
        var (patches, atoms) = (rand(50, 16), transform.UnitAtoms());
        TensorAssert.Near(ones(32), atoms.square().sum(1), 1e-5);
        Tensor After(int steps) => transform.Objective(patches, atoms, transform.Codes(patches, atoms, steps));
        for (var step = 0; step < 20; step++)
            Assert.True(After(step + 1).le(After(step) + 1e-5).all().item<bool>(), $"step {step}");

        // At the minimum the gradient of the squared error is at most lambda in each code (optimality).
        var codes = transform.Codes(patches, atoms, 2000);
        var slope = (codes.matmul(atoms) - patches).matmul(atoms.t());
        Assert.InRange(slope.abs().max().item<float>(), 0, transform.Lambda + 1e-3);
        Assert.InRange(codes.eq(0).to_type(ScalarType.Float32).mean().item<float>(), 0.3, 1);
    }

    /// <summary>lambda at or above the largest |D' x| codes nothing; unit atoms at lambda 0 change nothing.</summary>
    [Fact]
    public void Expensive_codes_are_empty_and_free_ones_of_all_pixels_are_exact()
    {
        using var scope = NewDisposeScope();
        var images = rand(3, 2, 9, 7);
        // No patch of 4x4 pixels of two channels is longer than sqrt(32).
        using var expensive = new SparseCodingTransform(2, patch: 4, atoms: 40, lambda: 6);
        Assert.True(expensive.call(images).eq(0).all().item<bool>());

        using var free = new SparseCodingTransform(2, patch: 4, atoms: 32, lambda: 0);
        using (no_grad())
            free.parameters().Single().copy_(eye(32));
        TensorAssert.Near(images, free.call(images), 1e-5);
        Assert.Equal([1, 2, 1, 1], free.call(rand(1, 2, 1, 1)).shape);
    }

    [Fact]
    public void Impossible_numbers_and_other_channels_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenoisingAutoencoderTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenoisingAutoencoderTransform(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DenoisingAutoencoderTransform(1, 4, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseCodingTransform(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseCodingTransform(1, 4, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseCodingTransform(lambda: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseCodingTransform(steps: 0));
        foreach (var name in new[] { nameof(DenoisingAutoencoderTransform), nameof(SparseCodingTransform) })
        {
            using var transform = Make(name);
            Assert.Contains("have 3", Assert.Throws<ArgumentException>(
                () => transform.call(zeros(1, 3, 8, 8))).Message);
        }
    }
}
