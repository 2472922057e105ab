using System.Diagnostics;
using Ensembles.Attacks;
using Ensembles.Data;
using SkiaSharp;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Streaming;

public class StreamedTrainingTests
{
    static TrainingOptions Options => new() { Seed = 3, Epochs = 2, BatchSize = 7, LearningRate = 2e-3 };

    static Plain Make(int size, double width = 0.0625)
    {
        random.manual_seed(2);
        return new Plain(new ResNet18Factory(3, size, 3) { Width = width });
    }

    [Fact]
    public void Training_from_disk_ends_with_the_bits_of_training_from_memory()
    {
        using var folders = new ColouredFolders(24, 20);
        using var loaded = ImageFolder.Load(folders.Path, scaling: ImageScaling.To(12, 12));
        using var streamed = ImageFolder.Stream(folders.Path, scaling: ImageScaling.To(12, 12));
        using var fromMemory = Make(12);
        using var fromDisk = Make(12);
        var options = Options with
        {
            Augmentations = [new ResizedCropAugmentation(0.5), new FlipAugmentation()],
        };
        fromMemory.Train(loaded, options);
        fromDisk.Train(streamed, options);
        TensorAssert.SameState(fromMemory, fromDisk);
    }

    [Fact]
    public void A_run_from_disk_is_taken_up_again_and_not_with_other_images()
    {
        using var folders = new ColouredFolders(12, 20);
        var path = System.IO.Path.Combine(folders.Path, ".run.safetensors");
        using (var streamed = ImageFolder.Stream(folders.Path, scaling: ImageScaling.To(12, 12)))
        {
            using var whole = Make(12);
            using var halves = Make(12);
            whole.Train(streamed, Options);
            var stopped = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => halves.Train(streamed, Options with
            {
                CheckpointPath = path,
                Cancellation = stopped.Token,
                Progress = new ImmediateProgress<TrainingProgress>(p =>
                {
                    if (p.Epoch == 2)
                        stopped.Cancel();
                }),
            }));
            using var again = Make(12);
            again.Train(streamed, Options with { CheckpointPath = path });
            TensorAssert.SameState(whole, again);
        }

        File.Delete(folders.First);
        using var fewer = ImageFolder.Stream(folders.Path, scaling: ImageScaling.To(12, 12));
        using var other = Make(12);
        Assert.Throws<InvalidOperationException>(() => other.Train(fewer, Options with { CheckpointPath = path }));
    }

    /// <summary>The same figures, so that the same epoch's weights are kept.</summary>
    [Fact]
    public void Validation_on_images_from_disk_keeps_the_weights_that_it_keeps_in_memory()
    {
        using var folders = new ColouredFolders(24, 20);
        using var loaded = ImageFolder.Load(folders.Path, scaling: ImageScaling.To(12, 12));
        using var streamed = ImageFolder.Stream(folders.Path, scaling: ImageScaling.To(12, 12));
        var options = Options with { Epochs = 4, LearningRate = 0.02, Schedule = new ConstantSchedule() };
        using var inMemory = Make(12);
        using var onDisk = Make(12);
        inMemory.Train(loaded, options with { Validation = Under(loaded) });
        onDisk.Train(loaded, options with { Validation = Under(streamed) });
        TensorAssert.SameState(inMemory, onDisk);

        static Validation Under(ILabeledImages images) => new(images)
        {
            Attack = new Fgsm(),
            Threat = new ThreatModel(Norm.Linf, 0.1),
        };
    }

    [Fact]
    public void A_damaged_file_stops_the_training_and_is_named()
    {
        using var folders = new ColouredFolders(12, 20);
        using var streamed = ImageFolder.Stream(folders.Path, scaling: ImageScaling.To(12, 12));
        File.WriteAllBytes(folders.First, File.ReadAllBytes(folders.First)[..^40]);
        using var classifier = Make(12);
        var exception = Assert.Throws<DatasetException>(() => classifier.Train(streamed, Options));
        Assert.Equal(folders.First, exception.Path);
    }

    /// <summary>Part is for training and part for validation, and neither is read before its time.</summary>
    [Fact]
    public void Folders_are_divided_at_random_and_train_with_the_bits_of_the_same_parts_in_memory()
    {
        using var folders = new ColouredFolders(24, 20);
        var path = System.IO.Path.Combine(folders.Path, ".run.safetensors");
        using var loaded = ImageFolder.Load(folders.Path, scaling: ImageScaling.To(12, 12));
        using var streamed = ImageFolder.Stream(folders.Path, scaling: ImageScaling.To(12, 12));
        using var fromMemory = Trained(loaded, seed: 1, null);
        using var fromDisk = Trained(streamed, seed: 1, path);
        TensorAssert.SameState(fromMemory, fromDisk);
        Assert.Throws<InvalidOperationException>(() => Trained(streamed, seed: 2, path));

        static Plain Trained(ILabeledImages images, int seed, string? path)
        {
            using var shuffled = images.Shuffle(seed);
            var (training, others) = shuffled.SplitStratified(15);
            using (training)
            using (others)
            {
                var classifier = Make(12);
                classifier.Train(training, Options with { Validation = new(others), CheckpointPath = path });
                return classifier;
            }
        }
    }

    /// <summary>Links to one image of 0.75 MB: held in memory all of them would take 600 MB.</summary>
    [Fact]
    public void Memory_does_not_grow_with_the_number_of_images()
    {
        using var folders = new ColouredFolders(3, 20);
        using (var bitmap = new SKBitmap(256, 256))
        {
            bitmap.Erase(new SKColor(9, 8, 7));
            using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(folders.First, data.ToArray());
        }

        for (var i = 0; i < 800; i++)
            File.CreateSymbolicLink(System.IO.Path.Combine(folders.Path, "class0", $"link{i}.png"), folders.First);
        using var streamed = ImageFolder.Stream(folders.Path, scaling: ImageScaling.To(256, 256));
        Read(100);
        var (before, tensors) = (Memory(), LiveTensors.Count());
        Read(streamed.Count);
        Assert.InRange(Memory() - before, long.MinValue, 150L << 20);
        Assert.Equal(tensors, LiveTensors.Count());

        void Read(int most)
        {
            var seen = 0;
            foreach (var part in streamed.Parts(20))
            {
                if ((seen += part.Count) >= most)
                    break;
            }
        }

        static long Memory()
        {
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    /// <summary>Class folders as EuroSAT has them, 64x64, and as ImageNet has them, any size cut to 224x224.</summary>
    [Theory]
    [InlineData(64, 12, 30)]
    [InlineData(224, 6, 30)]
    public void ResNet18_learns_from_folders_of_images_and_is_attacked(int size, int count, int epochs)
    {
        using var scope = NewDisposeScope();
        using var folders = new ColouredFolders(count, size);
        using var streamed = ImageFolder.Stream(
            folders.Path, scaling: ImageScaling.CenterCrop(size, size + (size / 7)));
        using var classifier = Make(size);
        classifier.Train(streamed, Options with { Epochs = epochs, BatchSize = count, LearningRate = 5e-3 });

        using var images = streamed.Select([.. Enumerable.Range(0, count).Select(i => (long)i)]);
        Assert.Equal([count, 3, size, size], images.Images.shape);
        Assert.Equal(1, Bars.Accuracy(classifier, images));
        using var few = images.Take(3);
        using var attacked = new Pgd { Steps = 3 }.Run(
            AttackSurface.FromClassifier(classifier), few.Images, few.Labels, new ThreatModel(Norm.Linf, 0.5),
            new AttackOptions());
        Assert.Contains(true, attacked.Success);
    }

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);
}
