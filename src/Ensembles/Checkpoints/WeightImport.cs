using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// What may differ between a module and a file of weights that was made elsewhere, for example by PyTorch. What is not
/// said here stays an error.
/// </summary>
public sealed record WeightImport
{
    const string BatchCount = "num_batches_tracked";

    /// <summary>
    /// What PyTorch's files often differ in: the prefix <c>module.</c> of <c>DataParallel</c>, half precision, and no
    /// counts of batches. Nothing is ignored.
    /// </summary>
    public static WeightImport OfPyTorch { get; } = new()
    {
        Prefix = "module.",
        ConvertHalfPrecision = true,
        AllowMissingBatchCounts = true,
    };

    /// <summary>What is taken off the names that begin with it; empty for nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>
    /// Names in the file, without the prefix, that are passed over. One that ends in <c>*</c> stands for all that begin
    /// like it.
    /// </summary>
    /// <remarks>
    /// Some models normalise inside, and their files hold the mean and the deviation as <c>mu</c> and <c>sigma</c>. A
    /// network without them is another function, unless whoever calls it normalises alike.
    /// </remarks>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Whether float16 and bfloat16 become float32, where the module's own are float32.</summary>
    public bool ConvertHalfPrecision { get; init; }

    /// <summary>
    /// Whether the counts of batches (<c>num_batches_tracked</c>) may be missing: the module's own stay. Batch
    /// normalisation in evaluation mode does not use them.
    /// </summary>
    public bool AllowMissingBatchCounts { get; init; }

    /// <summary>The tensors as the module names them, which the caller disposes, and what was done for it.</summary>
    /// <param name="own">The module's own tensors.</param>
    /// <param name="file">What was read.</param>
    /// <exception cref="InvalidDataException">Two tensors come to have one name.</exception>
    internal (Dictionary<string, Tensor> Tensors, WeightImportReport Report) Apply(
        IReadOnlyDictionary<string, Tensor> own, TensorFile file)
    {
        var tensors = new Dictionary<string, Tensor>();
        var (renamed, converted, ignored, missing) = (
            new List<string>(), new List<string>(), new List<string>(), new List<string>());
        foreach (var (name, tensor) in file.Tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            var plain = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
            if (IsIgnored(plain))
            {
                ignored.Add(name);
                continue;
            }

            if (plain != name)
                renamed.Add(name);
            var convert = ConvertHalfPrecision
                && tensor.dtype is ScalarType.Float16 or ScalarType.BFloat16
                && own.TryGetValue(plain, out var there)
                && there.dtype == ScalarType.Float32;
            if (convert)
                converted.Add(name);
            if (!tensors.TryAdd(plain, convert ? tensor.to_type(ScalarType.Float32) : tensor.alias()))
                throw new InvalidDataException(
                    $"{file.Path} holds both {plain} and {Prefix}{plain}, which would be one without the prefix. "
                        + "Import without a prefix, or name another file.");
        }

        if (AllowMissingBatchCounts)
        {
            foreach (var (name, tensor) in own.Where(t => IsBatchCount(t.Key) && !tensors.ContainsKey(t.Key)))
            {
                tensors.Add(name, tensor.cpu().alias());
                missing.Add(name);
            }
        }

        return (tensors, new WeightImportReport(file.Path, own.Count - missing.Count)
        {
            Renamed = renamed,
            Converted = converted,
            Ignored = ignored,
            Missing = missing,
        });
    }

    bool IsIgnored(string name) => Ignored.Any(ignored =>
        ignored.EndsWith('*') ? name.StartsWith(ignored[..^1], StringComparison.Ordinal) : name == ignored);

    static bool IsBatchCount(string name) => name.Split('.')[^1] == BatchCount;
}
