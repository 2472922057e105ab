using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>Every trainable defense, trained once without a stop when a test first asks for it.</summary>
public sealed class UninterruptedRuns : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;
    readonly Dictionary<string, nn.Module<Tensor, Tensor>> trained = [];

    /// <summary>What they are trained on: enough to tell bits apart.</summary>
    public LabeledImages Images { get; } = Bars.Make(72, seed: 1);

    /// <summary>How they are trained; each has a checkpoint beside that.</summary>
    public static TrainingOptions Options =>
        new() { Seed = 5, Epochs = 4, BatchSize = 24, LearningRate = 3e-3 };

    /// <summary>The defense of that name.</summary>
    public nn.Module<Tensor, Tensor> this[string name]
    {
        get
        {
            if (!trained.TryGetValue(name, out var defense))
            {
                trained[name] = defense = Trainables.Make(name);
                ((ITrainable)defense).Train(Images, Options with { CheckpointPath = CheckpointOf(name) });
            }

            return defense;
        }
    }

    /// <summary>The checkpoint that its training left, once it was asked for.</summary>
    public string CheckpointOf(string name) => Path.Combine(folder, $"{name}.safetensors");

    public void Dispose()
    {
        foreach (var defense in trained.Values)
            defense.Dispose();
        Images.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
