using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A training that survives a kill: the module, Adam's moments and the epoch in one file, which is replaced as a whole, so that
/// they always fit each other.
/// </summary>
sealed class TrainingCheckpoint(Module module, Adam optimizer, string[] parameterNames, LabeledImages training, TrainingOptions options, string recipe)
{
    const string EpochKey = "epoch";
    const string FirstMoment = "exp_avg";
    const string SecondMoment = "exp_avg_sq";
    const string Steps = "step";

    readonly Dictionary<string, string> identity = new()
    {
        ["recipe"] = recipe,
        ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
        ["epochs"] = options.Epochs.ToString(CultureInfo.InvariantCulture),
        ["batch size"] = options.BatchSize.ToString(CultureInfo.InvariantCulture),
        ["learning rate"] = options.LearningRate.ToString("R", CultureInfo.InvariantCulture),
        ["images"] = Describe(training),
    };

    /// <summary>Restores the module and the optimizer where a checkpoint of this run exists.</summary>
    /// <returns>The epochs done already.</returns>
    public int Resume()
    {
        if (options.CheckpointPath is null || !File.Exists(options.CheckpointPath))
            return 0;

        using var file = SafeTensors.Read(options.CheckpointPath);
        ThrowIfOfAnotherRun(file);
        Checkpoint.Restore(module, file);
        using var noGradient = no_grad();
        foreach (var (name, state) in States())
        {
            Tensor Saved(string part) => file.Tensors[$"{Checkpoint.TrainingPrefix}{name}/{part}"];
            state.exp_avg.copy_(Saved(FirstMoment));
            state.exp_avg_sq.copy_(Saved(SecondMoment));
            state.step = Saved(Steps).item<long>();
        }

        return int.Parse(file.Metadata[EpochKey], CultureInfo.InvariantCulture);
    }

    /// <summary>Saves the state after an epoch.</summary>
    public void Save(int epoch)
    {
        if (options.CheckpointPath is null)
            return;

        using var scope = NewDisposeScope();
        var optimizerState = new Dictionary<string, Tensor>();
        foreach (var (name, state) in States())
        {
            optimizerState[$"{name}/{FirstMoment}"] = state.exp_avg;
            optimizerState[$"{name}/{SecondMoment}"] = state.exp_avg_sq;
            optimizerState[$"{name}/{Steps}"] = tensor(state.step);
        }

        var metadata = new Dictionary<string, string>(identity) { [EpochKey] = epoch.ToString(CultureInfo.InvariantCulture) };
        Checkpoint.Save(module, options.CheckpointPath, metadata, optimizerState);
    }

    /// <summary>Adam's state, parameter by parameter, in the order the optimizer was given them.</summary>
    IEnumerable<(string Name, Adam.State State)> States() => parameterNames.Zip(optimizer.state_dict().State.Cast<Adam.State>());

    void ThrowIfOfAnotherRun(TensorFile file)
    {
        var differences = identity
            .Where(i => file.Metadata.GetValueOrDefault(i.Key) != i.Value)
            .Select(i => $"{i.Key} is {file.Metadata.GetValueOrDefault(i.Key) ?? "unknown"} there and {i.Value} here")
            .ToArray();
        if (differences.Length > 0)
            throw new InvalidOperationException(
                $"{file.Path} belongs to another training run: {string.Join("; ", differences)}. Delete it to start anew, or set another checkpoint path.");
    }

    /// <summary>Tells one training set from another, without depending on how many threads sum the pixels.</summary>
    static string Describe(LabeledImages training)
    {
        using var scope = NewDisposeScope();
        var pixel = training.Images.mean([0, 1, 2, 3], type: ScalarType.Float64).item<double>();
        var label = training.Labels.to_type(ScalarType.Float64).mean().item<double>();
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(" x ", training.Images.shape)}, mean pixel {pixel:F6}, mean label {label:F6}");
    }
}
