using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The header of a safetensors file. Nothing in it is believed before it agrees with the file's length.
/// </summary>
static class SafeTensorsHeader
{
    /// <summary>The name under which free text stands.</summary>
    public const string MetadataKey = "__metadata__";

    const long LongestHeader = 100_000_000;

    /// <summary>Reads it; the stream is then at the bytes of the first tensor.</summary>
    /// <exception cref="InvalidDataException">It contradicts itself, or the file's length.</exception>
    public static (SafeTensorsEntry[] Entries, Dictionary<string, string> Metadata) Read(FileStream stream)
    {
        var prefix = new byte[8];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > LongestHeader || length > stream.Length - 8)
            throw new InvalidDataException(
                $"its first 8 bytes announce a header of {length} bytes in a file of {stream.Length}");

        var header = new byte[length];
        stream.ReadExactly(header);
        using var json = JsonDocument.Parse(header);
        var metadata = new Dictionary<string, string>();
        var entries = new List<SafeTensorsEntry>();
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (property.NameEquals(MetadataKey))
            {
                foreach (var text in property.Value.EnumerateObject())
                    metadata[text.Name] = text.Value.GetString() ?? "";
            }
            else
            {
                entries.Add(SafeTensorsEntry.Parse(property));
            }
        }

        ThrowIfGaps(entries, stream.Length - 8 - length);
        return ([.. entries], metadata);
    }

    static void ThrowIfGaps(List<SafeTensorsEntry> entries, long dataLength)
    {
        entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        var end = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != end || entry.End < entry.Begin)
                throw new InvalidDataException(
                    $"the bytes of {entry.Name} are said to be at {entry.Begin} to {entry.End}, after others that end "
                        + $"at {end}");
            end = entry.End;
        }

        if (end != dataLength)
            throw new InvalidDataException($"its header announces {end} bytes of tensors, and there are {dataLength}");
        TensorSize.ThrowIfMoreThanMemory(dataLength);
    }
}

/// <summary>What the header says of one tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Begin">Where its bytes begin behind the header.</param>
/// <param name="End">Where they end.</param>
sealed record SafeTensorsEntry(string Name, ScalarType Type, long[] Shape, long Begin, long End)
{
    /// <exception cref="InvalidDataException">The shape and the bytes do not agree.</exception>
    /// <exception cref="OverflowException">No memory has so many bytes.</exception>
    public static SafeTensorsEntry Parse(JsonProperty property)
    {
        var dtypeName = property.Value.GetProperty("dtype").GetString();
        var dtype = SafeTensors.DTypes.FirstOrDefault(d => d.Name == dtypeName);
        if (dtype.Name is null)
            throw new InvalidDataException(
                $"{property.Name} is of the type {dtypeName}, and those read here are "
                    + $"{string.Join(", ", SafeTensors.DTypes.Select(d => d.Name))}");

        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];
        long[] range = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64())];
        var size = TensorSize.Bytes(property.Name, shape, dtype.Size);
        if (range.Length != 2 || range[1] - range[0] != size)
            throw new InvalidDataException(
                $"{property.Name} of shape [{string.Join(", ", shape)}] and type {dtypeName} takes {size} bytes, not "
                    + $"those at [{string.Join(", ", range)}]");
        return new SafeTensorsEntry(property.Name, dtype.Type, shape, range[0], range[1]);
    }
}
