using static TorchSharp.torch;

namespace Ensembles.Training.Tests;

/// <summary>A checkpoint that is a cache, of the run that would be done otherwise or of none.</summary>
public sealed class CacheTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;
    readonly LabeledImages images = Bars.Make(40, seed: 1);

    string CheckpointPath => Path.Combine(folder, "run.safetensors");

    TrainingOptions Cached => new()
    {
        Seed = 1, Epochs = 2, BatchSize = 20, CheckpointPath = CheckpointPath, CheckpointIsCache = true,
    };

    public void Dispose()
    {
        images.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_run_that_is_there_is_taken_up()
    {
        using var first = Trained(images, Cached);
        var batches = 0;
        var again = Cached with { Progress = new ImmediateProgress<TrainingProgress>(_ => batches++) };

        using var second = Trained(images, again);

        TensorAssert.SameState(first, second);
        Assert.Equal(0, batches);
    }

    /// <summary>Images in another order, other options, other weights to start from, and a torn file.</summary>
    [Theory]
    [InlineData("pixel")]
    [InlineData("options")]
    [InlineData("weights")]
    [InlineData("file")]
    public void Another_run_is_done_and_takes_its_place(string difference)
    {
        using (Trained(images, Cached))
        {
        }

        if (difference == "file")
            File.WriteAllBytes(CheckpointPath, File.ReadAllBytes(CheckpointPath)[..200]);
        using var other = new LabeledImages(images.Images.clone(), images.Labels.clone(), images.ClassCount);
        if (difference == "pixel")
        {
            // What an ordinary checkpoint knows of images, the mean, stays.
            var (first, second) = (other.Images[0].clone(), other.Images[1].clone());
            other.Images[0].copy_(second);
            other.Images[1].copy_(first);
        }

        var options = difference == "options" ? Cached with { Epochs = 3 } : Cached;
        var seed = difference == "weights" ? 2 : 1;

        using var cached = Trained(other, options, seed);
        using var fresh = Trained(other, options with { CheckpointPath = null }, seed);

        TensorAssert.SameState(fresh, cached);
        using var loaded = Make(9);
        Checkpoint.Load(loaded, CheckpointPath);
        TensorAssert.SameState(fresh, loaded);
    }

    static NetworkClassifier Trained(LabeledImages images, TrainingOptions options, int seed = 1)
    {
        var classifier = Make(seed);
        classifier.Train(images, options);
        return classifier;
    }

    static NetworkClassifier Make(int seed)
    {
        random.manual_seed(seed);
        return new Plain(Bars.Networks);
    }

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);
}
