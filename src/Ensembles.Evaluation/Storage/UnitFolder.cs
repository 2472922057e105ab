using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// The finished units of a study: JSON for the figures, safetensors for the images. Each file is written completely or
/// not at all, the JSON last, with a checksum of itself and one of the images: a unit is there with all its parts or
/// not at all, also where several processes write to one folder. They share what is finished. Without a folder nothing
/// is kept.
/// </summary>
sealed class UnitFolder
{
    static readonly JsonSerializerOptions options = new() { Converters = { new JsonStringEnumConverter() } };

    readonly string? folder;
    readonly IProgress<string>? notices;

    /// <param name="folder">The folder; null to keep nothing.</param>
    /// <param name="notices">Told of each unit that is there and damaged; the trace is where this is null.</param>
    /// <exception cref="IOException">The folder cannot be created.</exception>
    public UnitFolder(string? folder, IProgress<string>? notices)
    {
        (this.folder, this.notices) = (folder, notices);
        if (folder is not null)
            Directory.CreateDirectory(folder);
    }

    /// <summary>
    /// Does some work unless another process is doing it; without a folder there is no other.
    /// </summary>
    /// <param name="name">What the work is claimed by.</param>
    /// <param name="work">The work.</param>
    /// <returns>Whether it was done here.</returns>
    public bool TryDo(string name, Action work)
    {
        using var claim = folder is null ? null : FileClaim.TryTake(Path.Combine(folder, name + ".claim"));
        if (folder is not null && claim is null)
            return false;
        work();
        return true;
    }

    /// <summary>What was stored under a name; null if it is missing or damaged.</summary>
    /// <exception cref="IOException">A folder is where the file would be stored.</exception>
    public T? Load<T>(string name) where T : class
    {
        if (folder is null)
            return null;
        if (Array.Find([Json(name), Images(name)], Directory.Exists) is { } inTheWay)
            throw new IOException($"{inTheWay} is a folder, and a file is to be stored there. Move it away.");
        if (!Path.Exists(Json(name)))
            return null;
        try
        {
            using var file = OrdinaryFile.Open(Json(name));
            return JsonSerializer.Deserialize<T>(SealedJson.Open(file), options);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or IOException
            or UnauthorizedAccessException)
        {
            SayDamaged(Json(name), e);
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
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            SayDamaged(Images(name), e);
            return null;
        }
    }

    /// <summary>Stores a finished unit with the candidates found in it.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public void Store(string name, FinishedUnit unit, IReadOnlyList<JudgedCandidates> found)
    {
        if (folder is null)
            return;
        var images = found
            .Select((judged, i) => KeyValuePair.Create(Entry(i), judged.Candidates.Images))
            .ToDictionary();
        if (images.Count > 0)
            SafeTensors.Write(Images(name), images);
        Store<FinishedUnit>(name, unit with
        {
            Found = [.. found.Select(judged => new StoredCandidates(
                judged.Candidates.Source, [.. judged.Candidates.Indices], judged.Outcomes))],
            ImagesChecksum = Fingerprint.OfTensors(images),
        });
    }

    /// <summary>Stores something without images.</summary>
    public void Store<T>(string name, T value)
    {
        if (folder is not null)
            AtomicFile.Write(
                Json(name), stream => SealedJson.Write(stream, JsonSerializer.SerializeToUtf8Bytes(value, options)));
    }

    JudgedCandidates[] LoadFound(string name, FinishedUnit unit, Device device)
    {
        if (unit.Found.Count == 0)
            return [];
        using var file = SafeTensors.Read(Images(name));
        if (Fingerprint.OfTensors(file.Tensors) != unit.ImagesChecksum)
            throw new InvalidDataException("its images are not those that belong to the figures");
        Tensor ImagesOf(int i) => file.Tensors[Entry(i)].to(device).clone().DetachFromDisposeScope();
        return [.. unit.Found.Select((stored, i) => new JudgedCandidates(
            new Candidates(stored.Source, stored.Indices, ImagesOf(i)), stored.Outcomes))];
    }

    void SayDamaged(string path, Exception e)
    {
        var sentence =
            $"{path} is damaged, or was stored by another version ({e.Message.TrimEnd('.')}): it is computed again.";
        if (notices is null)
            Trace.TraceWarning(sentence);
        else
            notices.Report(sentence);
    }

    string Json(string name) => Path.Combine(folder!, name + ".json");

    string Images(string name) => Path.Combine(folder!, name + ".safetensors");

    static string Entry(int index) => FormattableString.Invariant($"{index}");
}
