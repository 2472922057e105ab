using System.Text;

namespace Ensembles;

/// <summary>What an import of weights did, to be printed. Names are those in the file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Loaded">How many of the module's tensors have values of the file now.</param>
public sealed record WeightImportReport(string Path, int Loaded)
{
    const int MostNames = 4;

    /// <summary>Names that lost the prefix.</summary>
    public required IReadOnlyList<string> Renamed { get; init; }

    /// <summary>Names of tensors that became float32.</summary>
    public required IReadOnlyList<string> Converted { get; init; }

    /// <summary>Names that were passed over.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }

    /// <summary>The module's names that the file does not have; their values stayed.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>A line for the whole, and one for each thing that was done.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Path}: {Loaded} tensors loaded");
        Add("without their prefix", Renamed);
        Add("converted to float32", Converted);
        Add("ignored", Ignored);
        Add("missing, and as they were", Missing);
        return text.ToString();

        void Add(string what, IReadOnlyList<string> names)
        {
            if (names.Count > 0)
                text.Append($"\n  {what}: {string.Join(", ", names.Take(MostNames))}")
                    .Append(names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
        }
    }
}
