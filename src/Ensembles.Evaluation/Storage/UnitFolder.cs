using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// The finished units of a study: JSON for the figures, safetensors for the images. Each file is written completely or
/// not at all, the JSON last, so a unit is there with all its parts or not at all. Without a folder nothing is kept.
/// </summary>
sealed class UnitFolder
{
    static readonly JsonSerializerOptions options = new() { Converters = { new JsonStringEnumConverter() } };

    readonly string? folder;

    /// <exception cref="IOException">The folder cannot be created.</exception>
    public UnitFolder(string? folder)
    {
        this.folder = folder;
        if (folder is not null)
            Directory.CreateDirectory(folder);
    }

    /// <summary>What was stored under a name; null if it is missing or damaged.</summary>
    public T? Load<T>(string name) where T : class
    {
        if (folder is null || !File.Exists(Json(name)))
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(Json(name)), options);
        }
        catch (JsonException)
        {
            // Something else wrote here; computing it again is always right.
            return null;
        }
    }

    /// <summary>
    /// The unit of that name, with its candidates on the given device; null if it is missing, damaged, or has another
    /// key.
    /// </summary>
    public (FinishedUnit Unit, IReadOnlyList<JudgedCandidates> Found)? Load(string name, string key, Device device)
    {
        if (Load<FinishedUnit>(name) is not { } unit || unit.Key != key)
            return null;
        try
        {
            return (unit, LoadFound(name, unit, device));
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Stores a finished unit with the candidates found in it.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public void Store(string name, FinishedUnit unit, IReadOnlyList<JudgedCandidates> found)
    {
        if (folder is null)
            return;
        // The old figures are deleted first: they must not be read together with the new images.
        File.Delete(Json(name));
        if (found.Count > 0)
        {
            var images = found.Select((judged, i) => KeyValuePair.Create(Entry(i), judged.Candidates.Images));
            SafeTensors.Write(Images(name), images.ToDictionary());
        }
        Store<FinishedUnit>(name, unit with
        {
            Found = [.. found.Select(judged => new StoredCandidates(
                judged.Candidates.Source, [.. judged.Candidates.Indices], judged.Outcomes))],
        });
    }

    /// <summary>Stores something without images.</summary>
    public void Store<T>(string name, T value)
    {
        if (folder is not null)
            AtomicFile.Write(Json(name), stream => JsonSerializer.Serialize(stream, value, options));
    }

    JudgedCandidates[] LoadFound(string name, FinishedUnit unit, Device device)
    {
        if (unit.Found.Count == 0)
            return [];
        using var file = SafeTensors.Read(Images(name));
        Tensor ImagesOf(int i) => file.Tensors[Entry(i)].to(device).clone().DetachFromDisposeScope();
        return [.. unit.Found.Select((stored, i) => new JudgedCandidates(
            new Candidates(stored.Source, stored.Indices, ImagesOf(i)), stored.Outcomes))];
    }

    string Json(string name) => Path.Combine(folder!, name + ".json");

    string Images(string name) => Path.Combine(folder!, name + ".safetensors");

    static string Entry(int index) => FormattableString.Invariant($"{index}");
}
