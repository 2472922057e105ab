using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests;

/// <summary>A run with everything in it, stopped and started again.</summary>
public sealed class ResumeTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;
    readonly LabeledImages images = Bars.Make(70, seed: 1);
    readonly LabeledImages validation = Bars.Make(30, seed: 2);

    string CheckpointPath => Path.Combine(folder, "run.safetensors");

    public void Dispose()
    {
        images.Dispose();
        validation.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public static TheoryData<string, int> Stops
    {
        get
        {
            var stops = new TheoryData<string, int>();
            foreach (var optimizer in new[] { nameof(SgdOptimizer), nameof(AdamOptimizer), nameof(AdamWOptimizer) })
            {
                foreach (var batch in new[] { 1, 3, 4, 8, 10, 12 })
                    stops.Add(optimizer, batch);
            }

            return stops;
        }
    }

    /// <summary>Four epochs of three batches: stopped after any of them and resumed by fresh objects.</summary>
    [Theory]
    [MemberData(nameof(Stops))]
    public void A_run_that_is_stopped_ends_with_the_same_bits(string optimizer, int batch)
    {
        using var uninterrupted = Make();
        uninterrupted.Train(images, Options(optimizer));

        using var stop = new CancellationTokenSource();
        var batches = 0;
        var progress = new ImmediateProgress<TrainingProgress>(_ =>
        {
            if (++batches == batch)
                stop.Cancel();
        });
        var options = Options(optimizer) with { CheckpointPath = CheckpointPath };
        using var stopped = Make();
        if (batch < 12)
        {
            var cancelled = options with { Progress = progress, Cancellation = stop.Token };
            Assert.Throws<OperationCanceledException>(() => stopped.Train(images, cancelled));
        }
        else
        {
            stopped.Train(images, options with { Progress = progress });
        }

        // Before the first checkpoint a fresh start is all there is, so the initial weights count.
        using var resumed = Make(seed: File.Exists(CheckpointPath) ? 7 : 1);
        manual_seed(99);
        resumed.Train(images, options);
        TensorAssert.SameState(uninterrupted, resumed);
        using var loaded = Make(seed: 8);
        Checkpoint.Load(loaded, CheckpointPath);
        TensorAssert.SameState(uninterrupted, loaded);
    }

    [Fact]
    public void A_run_of_batches_by_class_ends_with_the_same_bits_and_is_not_one_of_shuffled_batches()
    {
        var options = Options(nameof(SgdOptimizer)) with { Sampling = new ClassSampling(3, 8) };
        using var uninterrupted = Make();
        uninterrupted.Train(images, options);
        using var stop = new CancellationTokenSource();
        var progress = new ImmediateProgress<TrainingProgress>(p =>
        {
            if (p is { Epoch: 2, Batch: 3 })
                stop.Cancel();
        });
        using var stopped = Make();
        Assert.Throws<OperationCanceledException>(() => stopped.Train(images, options with
        {
            CheckpointPath = CheckpointPath, Progress = progress, Cancellation = stop.Token,
        }));
        using var resumed = Make(seed: 7);
        foreach (var other in new Sampling?[] { null, new ClassSampling(2, 8), new ClassSampling(3, 9) })
        {
            Assert.Contains("Options.Sampling", Assert.Throws<InvalidOperationException>(() => resumed.Train(
                images, options with { Sampling = other, CheckpointPath = CheckpointPath })).Message);
        }

        resumed.Train(images, options with { CheckpointPath = CheckpointPath });
        TensorAssert.SameState(uninterrupted, resumed);
    }

    [Fact]
    public void Several_modules_and_optimizers_resume_together()
    {
        var (one, two) = (Make(seed: 1), Make(seed: 2));
        Train(one, two, null);
        using var stop = new CancellationTokenSource();
        var progress = new ImmediateProgress<TrainingProgress>(p =>
        {
            if (p is { Epoch: 3, Batch: 2 })
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() =>
            Train(Make(seed: 1), Make(seed: 2), CheckpointPath, progress, stop.Token));
        var (again, other) = (Make(seed: 3), Make(seed: 4));
        Train(again, other, CheckpointPath);
        TensorAssert.SameState(one, again);
        TensorAssert.SameState(two, other);

        void Train(
            Compact first,
            Compact second,
            string? path,
            IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellation = default)
        {
            var options = new TrainingOptions
            {
                Epochs = 4, CheckpointPath = path, Progress = progress, Cancellation = cancellation,
            };
            new Trainer(first, options)
                .With("second", second, new SgdOptimizer { Nesterov = true, LearningRate = 0.01 })
                .Train(images, batch =>
                {
                    // One loss over both: the second learns what the first believes.
                    var (mine, yours) = (first.LossOf(batch), second.call(batch.Images));
                    var agreement = (mine.Logits.softmax(1).detach() - yours.softmax(1)).pow(2).sum(1).mean();
                    return new BatchLoss(mine.Loss + agreement, mine.Logits);
                });
        }
    }

    [Fact]
    public void Memory_does_not_grow_with_the_epochs()
    {
        using var classifier = Make();
        // Attacks copy networks, and TorchSharp leaves one handle for each convolution it makes.
        var options = Options(nameof(SgdOptimizer)) with { Epochs = 1, Validation = new Validation(validation) };
        classifier.Train(images, options);
        var before = LiveTensors.Count();
        classifier.Train(images, options);
        var afterOne = LiveTensors.Count();
        classifier.Train(images, options with { Epochs = 5 });
        Assert.Equal(afterOne - before, LiveTensors.Count() - afterOne);
    }

    static Compact Make(int seed = 1)
    {
        manual_seed(seed);
        return new Compact(Bars.Networks) { Perturbation = new PgdPerturbation(0.05, steps: 2) };
    }

    TrainingOptions Options(string optimizer) => new()
    {
        Seed = 3,
        Epochs = 4,
        BatchSize = 30,
        LearningRate = 3e-3,
        Optimizer = optimizer switch
        {
            nameof(SgdOptimizer) => new SgdOptimizer { Nesterov = true, WeightDecay = 1e-4 },
            nameof(AdamOptimizer) => new AdamOptimizer { WeightDecay = 1e-4 },
            _ => new AdamWOptimizer(),
        },
        Schedule = new OneCycleSchedule(),
        GradientClipping = 1,
        WeightAveraging = 0.9,
        Augmentations = [new CropAugmentation(1), new FlipAugmentation(), new NoiseAugmentation(0.02)],
        Validation = new Validation(validation) { Attack = new Fgsm(), Threat = new ThreatModel(Norm.Linf, 0.05) },
        Hooks = [new Ramp()],
    };

    sealed class Compact(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = new CrossEntropy() + 0.03 * new CenterLoss();
    }

    sealed class Ramp : ITrainingHook
    {
        public double End { get; init; } = 2;

        public void BeforeUpdate(TrainingBatch batch) => Assert.InRange(batch.Step.Share, 0, 1);
    }
}
