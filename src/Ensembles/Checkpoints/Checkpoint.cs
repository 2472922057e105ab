using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>Keeps a module's parameters and buffers in a safetensors file.</summary>
public static class Checkpoint
{
    /// <summary>
    /// Tensors under this prefix belong to the training run, not to the module: <see cref="Load"/> passes over them.
    /// </summary>
    public const string TrainingPrefix = "training/";

    /// <summary>Saves a module, whole or not at all: on failure the checkpoint that was there before stays.</summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="metadata">Free text by name.</param>
    /// <param name="training">Tensors of the training run by name, kept under <see cref="TrainingPrefix"/>.</param>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Save(
        Module module, string path, IReadOnlyDictionary<string, string>? metadata = null, IReadOnlyDictionary<string,
        Tensor>? training = null)
    {
        var tensors = module.state_dict();
        foreach (var (name, tensor) in training ?? new Dictionary<string, Tensor>())
            tensors.Add(TrainingPrefix + name, tensor);
        SafeTensors.Write(path, tensors, metadata);
    }

    /// <summary>Loads a checkpoint into a module of the same architecture, on the device the module is on.</summary>
    /// <returns>The metadata saved with it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or belongs to another architecture; the module is unchanged.
    /// </exception>
    public static IReadOnlyDictionary<string, string> Load(Module module, string path)
    {
        using var file = SafeTensors.Read(path);
        Restore(module, file);
        return file.Metadata;
    }

    /// <summary>
    /// Copies the tensors of a checkpoint that was read already into a module of the same architecture.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The file belongs to another architecture; the module is unchanged.
    /// </exception>
    public static void Restore(Module module, TensorFile file)
    {
        var own = module.state_dict();
        var differences = Differences(own, file.Tensors);
        if (differences.Count > 0)
            throw new InvalidDataException(
                $"{file.Path} holds another architecture than this {module.GetName()}: "
                    + $"{string.Join("; ", differences.Take(3))}"
                + (differences.Count > 3 ? $"; and {differences.Count - 3} more tensors differ" : "")
                + ". Build the module as it was when the checkpoint was saved, or name another file.");

        using var noGradient = no_grad();
        foreach (var (name, tensor) in own)
            tensor.copy_(file.Tensors[name]); // returns the module's own tensor: not to be disposed
    }

    static List<string> Differences(
        IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> found)
    {
        var differences = new List<string>();
        foreach (var (name, tensor) in expected)
        {
            if (!found.TryGetValue(name, out var other))
                differences.Add($"{name} expected {Describe(tensor)}, found nothing");
            else if (other.dtype != tensor.dtype || !other.shape.SequenceEqual(tensor.shape))
                differences.Add($"{name} expected {Describe(tensor)}, found {Describe(other)}");
        }

        differences.AddRange(found
            .Where(t => !expected.ContainsKey(t.Key) && !t.Key.StartsWith(TrainingPrefix, StringComparison.Ordinal))
            .Select(t => $"{t.Key} expected nothing, found {Describe(t.Value)}"));
        return differences;
    }

    static string Describe(Tensor tensor) => $"{tensor.dtype} [{string.Join(", ", tensor.shape)}]";
}
