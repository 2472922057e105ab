using System.Globalization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A training that survives a kill: all modules, what their optimizers remember, averages, the best weights and the
/// epoch in one file, which is replaced as a whole, so that they always fit each other.
/// </summary>
sealed class TrainingCheckpoint(
    string? path,
    bool isCache,
    Module module,
    IReadOnlyList<TrainedPart> parts,
    WeightAverage? average,
    BestWeights? best,
    IReadOnlyDictionary<string, string> identity)
{
    const string Epoch = "epoch";
    const string Finished = "finished";
    const string Figure = "best figure";
    const string EpochsSince = "epochs since the best figure";
    const string IdentityPrefix = "identity ";

    /// <summary>Restores everything where a checkpoint of this run exists.</summary>
    /// <returns>The epochs done already, and whether the run is over.</returns>
    public (int Epoch, bool Finished) Resume()
    {
        if (path is null || !File.Exists(path))
            return (0, false);

        using var file = Read(path);
        if (file is null)
            return (0, false);
        Checkpoint.Restore(module, file);
        using var noGradient = no_grad();
        foreach (var (name, own) in OtherTensors())
            own.copy_(file.Tensors[Checkpoint.TrainingPrefix + name]);
        foreach (var part in parts)
            part.Remember(name => file.Tensors.GetValueOrDefault(Checkpoint.TrainingPrefix + name));
        if (best is not null)
        {
            best.Figure = double.Parse(file.Metadata[Figure], CultureInfo.InvariantCulture);
            best.EpochsSince = int.Parse(file.Metadata[EpochsSince], CultureInfo.InvariantCulture);
        }

        return (int.Parse(file.Metadata[Epoch], CultureInfo.InvariantCulture), file.Metadata.ContainsKey(Finished));
    }

    /// <summary>Saves the state after an epoch.</summary>
    public void Save(int epoch, bool finished)
    {
        if (path is null)
            return;

        using var scope = NewDisposeScope();
        var metadata = identity.ToDictionary(i => IdentityPrefix + i.Key, i => i.Value);
        metadata[Epoch] = epoch.ToString(CultureInfo.InvariantCulture);
        if (finished)
            metadata[Finished] = "yes";
        if (best is not null)
        {
            metadata[Figure] = best.Figure.ToString("R", CultureInfo.InvariantCulture);
            metadata[EpochsSince] = best.EpochsSince.ToString(CultureInfo.InvariantCulture);
        }

        var training = OtherTensors().Concat(parts.SelectMany(p => p.Memory())).ToDictionary(t => t.Name, t => t.Value);
        Checkpoint.Save(module, path, metadata, training);
    }

    /// <summary>What the main module and the optimizers do not hold.</summary>
    IEnumerable<(string Name, Tensor Value)> OtherTensors() =>
    [
        .. parts.Skip(1).SelectMany(p => p.Module.state_dict().Select(t => ($"{p.Name}{t.Key}", t.Value))),
        .. (average?.Tensors ?? []).Select(t => ($"average/{t.Name}", t.Average)),
        .. (best?.Tensors ?? []).Select(t => ($"best/{t.Name}", t.Kept)),
    ];

    /// <summary>The file; null for one in a cache that is damaged or of another run.</summary>
    TensorFile? Read(string path)
    {
        TensorFile? file = null;
        try
        {
            file = SafeTensors.Read(path);
            ThrowIfOfAnotherRun(file);
            return file;
        }
        catch (Exception e) when (isCache && e is InvalidDataException or InvalidOperationException)
        {
            file?.Dispose();
            return null;
        }
    }

    void ThrowIfOfAnotherRun(TensorFile file)
    {
        var there = file.Metadata
            .Where(m => m.Key.StartsWith(IdentityPrefix, StringComparison.Ordinal))
            .ToDictionary(m => m.Key[IdentityPrefix.Length..], m => m.Value);
        var differences = identity.Keys.Union(there.Keys)
            .Where(key => there.GetValueOrDefault(key) != identity.GetValueOrDefault(key))
            .Order(StringComparer.Ordinal)
            .Select(key => $"{key} is {there.GetValueOrDefault(key) ?? "unknown"} there and "
                + $"{identity.GetValueOrDefault(key) ?? "unknown"} here")
            .ToArray();
        if (differences.Length > 0)
            throw new InvalidOperationException(
                $"{file.Path} belongs to another training run: {string.Join("; ", differences)}. Move it away to "
                + "start anew, or set another checkpoint path.");
    }
}
