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
    /// The file is damaged or of another format, belongs to another architecture, or holds weights that are not finite;
    /// the module is unchanged.
    /// </exception>
    public static IReadOnlyDictionary<string, string> Load(Module module, string path)
    {
        using var file = SafeTensors.Read(path);
        Restore(module, file);
        return file.Metadata;
    }

    /// <summary>
    /// Loads weights that were made elsewhere into a module of the same architecture, on the device the module is on.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="path">A safetensors file.</param>
    /// <param name="import">What may differ.</param>
    /// <returns>What was done to make them fit.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged or of another format, where the message says how to convert what PyTorch wrote; or it
    /// differs in more than was said; or it holds weights that are not finite. The module is unchanged.
    /// </exception>
    public static WeightImportReport Import(Module module, string path, WeightImport import)
    {
        using var scope = NewDisposeScope();
        using var file = SafeTensors.Read(path);
        var (tensors, report) = import.Apply(module.state_dict(), file);
        Restore(module, new TensorFile(path, tensors, file.Metadata));
        return report;
    }

    /// <summary>
    /// Copies the tensors of a checkpoint that was read already into a module of the same architecture.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The file belongs to another architecture, or holds NaN or infinite values where the module's own are finite;
    /// the module is unchanged. What is not fitted yet, and masks, may be so in both.
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
                + ". Build the module as it was when the checkpoint was saved, or name another file. Checkpoint.Import "
                + "takes files made elsewhere, and is told what may differ: a prefix, half precision, extra names.");

        using var noGradient = no_grad();
        ThrowIfNotFinite(own, file);
        foreach (var (name, tensor) in own)
            tensor.copy_(file.Tensors[name]); // returns the module's own tensor: not to be disposed
    }

    static void ThrowIfNotFinite(IReadOnlyDictionary<string, Tensor> own, TensorFile file)
    {
        foreach (var (name, tensor) in own)
        {
            if (!tensor.is_floating_point())
                continue;
            using var scope = NewDisposeScope();
            var there = file.Tensors[name];
            if (there.isfinite().all().item<bool>())
                continue;
            var wrong = there.isfinite().logical_not_().logical_and_(tensor.cpu().isfinite()).sum().item<long>();
            if (wrong > 0)
                throw new InvalidDataException(
                    $"{file.Path} holds NaN or infinite values: {wrong} of the {there.numel()} of {name}. The training "
                        + "they come from went wrong, or the file is damaged: use an earlier checkpoint, or train "
                        + "again with a lower learning rate.");
        }
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
