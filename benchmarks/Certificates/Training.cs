using System.Globalization;
using Ensembles.Data;
using Ensembles.Numerics;
using Ensembles.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks.Certificates;

/// <summary>Trains networks, each kept epoch by epoch.</summary>
/// <param name="data">Where MNIST is.</param>
/// <param name="work">Where checkpoints are kept.</param>
sealed class Training(DataFolder data, string work)
{
    static readonly INetworkFactory networks = new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10);

    /// <summary>A trained network in evaluation mode.</summary>
    public T Of<T>(string name, int seed, int epochs, Func<INetworkFactory, T> make) where T : NetworkClassifier
    {
        using var read = data.Mnist(Subset.Train);
        using var images = read.To(Hardware.Device);
        manual_seed(seed);
        var classifier = make(networks).to(Hardware.Device);
        classifier.Train(images, new TrainingOptions
        {
            Seed = seed,
            Epochs = epochs,
            BatchSize = 128,
            LearningRate = 2e-3,
            CheckpointPath = Path.Combine(work, $"{name}.{seed}.safetensors"),
            Progress = new ImmediateProgress<TrainingProgress>(Say),
        });
        classifier.eval();
        return classifier;

        void Say(TrainingProgress at)
        {
            if (at.Batch == at.Batches)
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}, seed {seed}: epoch {at.Epoch} of {at.Epochs}, loss {at.Loss:f3}"));
        }
    }
}
