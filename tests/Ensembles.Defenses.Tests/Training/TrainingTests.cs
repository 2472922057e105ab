using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Training;

/// <summary>What holds for every defense that can be trained.</summary>
public sealed class TrainingTests(UninterruptedRuns uninterrupted) : IClassFixture<UninterruptedRuns>, IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;
    readonly LabeledImages images = Bars.Make(120, seed: 1);

    string CheckpointPath => Path.Combine(folder, "member.safetensors");

    static TrainingOptions Run => new() { Seed = 5, Epochs = 4, BatchSize = 32, LearningRate = 3e-3 };

    static TrainingOptions Short => UninterruptedRuns.Options;

    public static TheoryData<string> Names => Trainables.Names;

    public static TheoryData<string> InEpochs => Trainables.InEpochs;

    public static TheoryData<string> OfLabels => Trainables.OfLabels;

    public static TheoryData<string> ClassifierNames => Trainables.ClassifierNames;

    public void Dispose()
    {
        images.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(ClassifierNames))]
    public void A_classifier_learns_what_generalises(string name)
    {
        using var classifier = Trainables.Make(name);
        using var more = Bars.Make(240, seed: 3);
        using var others = Bars.Make(120, seed: 2);
        ((ITrainable)classifier).Train(more, Run with { Epochs = 16 });
        Assert.False(classifier.training);
        Assert.True(Bars.Accuracy(classifier, others) >= 0.9, $"{name}: {Bars.Accuracy(classifier, others)}");
    }

    /// <summary>
    /// A move replaces every parameter and buffer, as one to a GPU does; there and back leaves their bits.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_result_bit_for_bit_also_of_a_module_that_was_moved(string name)
    {
        using var again = Trainables.Make(name);
        again.to(ScalarType.Float64).to(ScalarType.Float32);
        random.manual_seed(12345);
        ((ITrainable)again).Train(uninterrupted.Images, Short);
        TensorAssert.SameState(uninterrupted[name], again);
    }

    /// <summary>
    /// Whatever a defense prepares before its own training: it never asks for more images than a few batches hold.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Images_that_are_read_when_they_are_asked_for_give_the_bits_of_those_in_memory(string name)
    {
        using var fromMemory = Trainables.Make(name);
        ((ITrainable)fromMemory).Train(images, Run with { Epochs = 1 });
        using var elsewhere = new Elsewhere(images);
        using var read = Trainables.Make(name);
        ((ITrainable)read).Train(elsewhere, Run with { Epochs = 1 });
        TensorAssert.SameState(fromMemory, read);
        Assert.InRange(elsewhere.Most, 1, images.Count / 2 + 4);
    }

    /// <summary>
    /// The run is stopped in the middle of each epoch of each stage in turn, and continued by a fresh process's
    /// objects.
    /// </summary>
    [Theory]
    [MemberData(nameof(InEpochs))]
    public void A_run_that_is_stopped_again_and_again_ends_as_an_uninterrupted_one(string name)
    {
        for (var stops = 0; ; stops++)
        {
            Assert.True(stops < 20, "The run does not get further.");
            using var resumed = Trainables.Make(name);
            using var stop = new CancellationTokenSource();
            // A resumed run starts in the epoch it lost, so stopping in the second batch of its second epoch is one
            // epoch's progress.
            var epochs = new HashSet<(string, int)>();
            var progress = new Immediately(p =>
            {
                epochs.Add((p.Stage, p.Epoch));
                if (epochs.Count == 2)
                    stop.Cancel();
            });
            try
            {
                ((ITrainable)resumed).Train(uninterrupted.Images, Short with
                {
                    CheckpointPath = CheckpointPath, Progress = progress, Cancellation = stop.Token,
                });
            }
            catch (OperationCanceledException)
            {
                Assert.False(resumed.training);
                continue;
            }

            Assert.True(stops >= 2);
            TensorAssert.SameState(uninterrupted[name], resumed);
            break;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_finished_run_is_loaded_without_training(string name)
    {
        var (trained, checkpoint) = (uninterrupted[name], uninterrupted.CheckpointOf(name));
        using var again = Trainables.Make(name, seed: 2);
        var progress = new Immediately(p => Assert.Fail($"{name} was trained again: {p}"));
        ((ITrainable)again).Train(
            uninterrupted.Images, Short with { CheckpointPath = checkpoint, Progress = progress });
        TensorAssert.SameState(trained, again);

        using var loaded = Trainables.Make(name, seed: 3);
        Checkpoint.Load(loaded, checkpoint);
        TensorAssert.SameState(trained, loaded);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_and_training_leave_no_tensors_behind(string name)
    {
        using var defense = Trainables.Make(name);
        var few = uninterrupted.Images;
        var run = Short with { Epochs = 1 };
        ((ITrainable)defense).Train(few, run);
        defense.call(few.Images).Dispose();

        var before = Live();
        for (var i = 0; i < 3; i++)
            defense.call(few.Images).Dispose();
        Assert.Equal(before, Live());

        // TorchSharp leaves one handle for each convolution it makes, so static sources count; the number of epochs
        // must not.
        ((ITrainable)defense).Train(few, run);
        var afterOne = Live();
        ((ITrainable)defense).Train(few, run with { Epochs = 3 });
        Assert.Equal(afterOne - before, Live() - afterOne);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_defense_outlives_the_dispose_scope_it_was_made_in_and_trains_without_gradients_around_it(string name)
    {
        nn.Module<Tensor, Tensor> defense;
        using (NewDisposeScope())
        using (no_grad())
        {
            defense = Trainables.Make(name);
            ((ITrainable)defense).Train(images, Run with { Epochs = 1 });
        }

        using var result = defense.call(images.Images);
        Assert.True(result.isfinite().all().item<bool>());
        using var noImages = images.Images.narrow(0, 0, 0);
        using var nothing = defense.call(noImages);
        Assert.Equal([0, .. result.shape[1..]], nothing.shape);
        Assert.All(defense.state_dict().Values, t => Assert.False(t.IsInvalid));
        defense.Dispose();
    }

    static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    [Theory]
    [MemberData(nameof(OfLabels))]
    public void Other_classes_are_refused(string name)
    {
        using var scope = NewDisposeScope();
        using var defense = Trainables.Make(name);
        using var otherClasses = new LabeledImages(
            rand(8, 1, Bars.Size, Bars.Size), zeros(8, dtype: ScalarType.Int64), 5);
        Assert.Contains(
            "5", Assert.Throws<ArgumentException>(() => ((ITrainable)defense).Train(otherClasses, Run)).Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Images_that_do_not_fit_are_refused(string name)
    {
        using var scope = NewDisposeScope();
        using var defense = Trainables.Make(name);
        using var otherShape = new LabeledImages(rand(30, 3, 16, 16), arange(30) % 3, Bars.Classes);
        Assert.Contains(
            "16", Assert.Throws<ArgumentException>(() => ((ITrainable)defense).Train(otherShape, Run)).Message);
    }

    [Fact]
    public void Progress_counts_batches_and_the_loss_falls()
    {
        using var classifier = Trainables.Make(nameof(UndefendedClassifier));
        var seen = new List<TrainingProgress>();
        ((ITrainable)classifier).Train(images, Run with { BatchSize = 50, Progress = new Immediately(seen.Add) });
        Assert.Equal(4 * 3, seen.Count);
        Assert.Equal([(1, 1), (1, 2), (1, 3), (2, 1)], seen.Take(4).Select(p => (p.Epoch, p.Batch)));
        Assert.All(seen, p => Assert.Equal((4, 3, "network"), (p.Epochs, p.Batches, p.Stage)));
        Assert.True(seen[^1].Loss < seen[2].Loss);
        Assert.True(seen[^1].Accuracy > seen[2].Accuracy);
    }

    [Theory]
    [InlineData("Options.Seed")]
    [InlineData("Options.Epochs")]
    [InlineData("Options.BatchSize")]
    [InlineData("Options.LearningRate")]
    [InlineData("CenterLossClassifier.Loss.Terms[1].Weight")]
    [InlineData("Images")]
    public void A_checkpoint_of_another_run_is_refused_and_kept(string difference)
    {
        using var trained = new CenterLossClassifier(Bars.Networks);
        var run = Run with { Epochs = 1, CheckpointPath = CheckpointPath };
        trained.Train(images, run);
        var saved = File.ReadAllBytes(CheckpointPath);

        var lambda = difference.EndsWith("Weight", StringComparison.Ordinal) ? 0.5 : 0.03;
        using var other = new CenterLossClassifier(Bars.Networks, lambda);
        using var fewer = images.Take(60);
        var otherRun = difference switch
        {
            "Options.Seed" => run with { Seed = 6 },
            "Options.Epochs" => run with { Epochs = 2 },
            "Options.BatchSize" => run with { BatchSize = 31 },
            "Options.LearningRate" => run with { LearningRate = 1e-4 },
            _ => run,
        };
        var message = Assert.Throws<InvalidOperationException>(() =>
            other.Train(difference == "Images" ? fewer : images, otherRun)).Message;
        Assert.Contains(CheckpointPath, message);
        Assert.Contains(difference, message);
        Assert.Equal(saved, File.ReadAllBytes(CheckpointPath));
    }

    [Fact]
    public void A_checkpoint_of_another_architecture_or_a_damaged_one_is_refused()
    {
        using var trained = new UndefendedClassifier(Bars.Networks);
        var run = Run with { Epochs = 1, CheckpointPath = CheckpointPath };
        trained.Train(images, run);

        using var dropping = new UndefendedClassifier(new SmallCnnFactory(1, Bars.Size + 4, Bars.Classes));
        Assert.Contains(
            "network.hidden.weight",
            Assert.Throws<InvalidDataException>(() => dropping.Train(images, run)).Message);

        var bytes = File.ReadAllBytes(CheckpointPath);
        File.WriteAllBytes(CheckpointPath, bytes[..^100]);
        Assert.Contains(CheckpointPath, Assert.Throws<InvalidDataException>(() => trained.Train(images, run)).Message);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_stops_the_run_and_keeps_the_last_epoch()
    {
        using var classifier = Trainables.Make(nameof(UndefendedClassifier));
        var calls = 0;
        var run = Run with { Epochs = 3, BatchSize = 60, CheckpointPath = CheckpointPath };
        var message = Assert.Throws<InvalidOperationException>(() => new Trainer(classifier, run).Train(images, batch =>
        {
            var logits = classifier.call(batch.Images);
            return new BatchLoss(++calls == 4 ? logits.sum() * float.NaN : logits.pow(2).sum(), logits);
        })).Message;
        Assert.Contains("epoch 2, batch 2", message);
        Assert.Equal("1", SafeTensors.Read(CheckpointPath).Metadata["epoch"]);
        Assert.All(classifier.parameters(), p => Assert.False(p.isnan().any().item<bool>()));
    }

    [Theory]
    [InlineData(0, 32, 1e-3)]
    [InlineData(1, 0, 1e-3)]
    [InlineData(1, 32, 0)]
    [InlineData(1, 32, double.NaN)]
    public void Impossible_numbers_are_refused(int epochs, int batchSize, double rate)
    {
        using var classifier = Trainables.Make(nameof(UndefendedClassifier));
        var options = new TrainingOptions { Epochs = epochs, BatchSize = batchSize, LearningRate = rate };
        Assert.Throws<ArgumentOutOfRangeException>(() => ((ITrainable)classifier).Train(images, options));
    }

    sealed class Immediately(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
