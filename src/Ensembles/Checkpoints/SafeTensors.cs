using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Reads and writes named tensors in the safetensors format, which Python's <c>safetensors</c> shares. The file is 8
/// bytes with the header's length (little-endian), the header (JSON: name to dtype, shape and byte range, free text
/// under "__metadata__"), and the tensors' bytes (row-major, little-endian), without gaps.
/// </summary>
public static class SafeTensors
{
    const string MetadataKey = "__metadata__";
    const int Alignment = 8;
    const long LongestHeader = 100_000_000;

    static readonly (string Name, ScalarType Type, int Size)[] dtypes =
    [
        ("F64", ScalarType.Float64, 8), ("I64", ScalarType.Int64, 8),
        ("F32", ScalarType.Float32, 4), ("I32", ScalarType.Int32, 4),
        ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1), ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>Writes tensors, whole or not at all: on failure the file that was there before stays.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="tensors">Tensors by name, of any shape, on any device.</param>
    /// <param name="metadata">Free text by name.</param>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    /// <exception cref="ArgumentException">A tensor of a type the format does not have.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Wider types first: with a header padded to 8 bytes each tensor then starts at a multiple of its element size.
        var entries = tensors
            .Select(t => (Name: t.Key, Tensor: t.Value, Type: Find(t.Key, t.Value.dtype)))
            .OrderByDescending(t => t.Type.Size).ThenBy(t => t.Name, StringComparer.Ordinal)
            .ToArray();
        var header = Header(entries, metadata);

        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var (_, tensor, _) in entries)
            {
                using var scope = NewDisposeScope();
                if (tensor.numel() > 0)
                    stream.Write(tensor.detach().cpu().contiguous().bytes);
            }
        });
    }

    /// <summary>Reads a file written by <see cref="Write"/> or by Python's <c>safetensors</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is truncated, damaged or of another format; the message names it.
    /// </exception>
    public static TensorFile Read(string path)
    {
        using var stream = File.OpenRead(path);
        try
        {
            var (entries, metadata, dataStart) = ReadHeader(stream);
            return new TensorFile(path, ReadTensors(stream, entries, dataStart), metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or EndOfStreamException
            or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new InvalidDataException(
                $"{path} is not a whole safetensors file ({e.Message.TrimEnd('.')}). "
                    + "It may be truncated or of another format: delete it, or name another file.",
                e);
        }
    }

    static byte[] Header(
        (string Name, Tensor Tensor, (string Name, ScalarType, int Size) Type)[] entries,
        IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (name, text) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(name, text);
                json.WriteEndObject();
            }

            var offset = 0L;
            foreach (var (name, tensor, type) in entries)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", type.Name);
                json.WriteStartArray("shape");
                foreach (var size in tensor.shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * type.Size);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % Alignment != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    static (Entry[] Entries, Dictionary<string, string> Metadata, long DataStart) ReadHeader(FileStream stream)
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
        var entries = new List<Entry>();
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (property.NameEquals(MetadataKey))
            {
                foreach (var text in property.Value.EnumerateObject())
                    metadata[text.Name] = text.Value.GetString() ?? "";
            }
            else
            {
                entries.Add(Entry.Parse(property));
            }
        }

        var dataStart = 8 + length;
        ThrowIfGaps(entries, stream.Length - dataStart);
        return ([.. entries], metadata, dataStart);
    }

    static void ThrowIfGaps(List<Entry> entries, long dataLength)
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
    }

    static Dictionary<string, Tensor> ReadTensors(FileStream stream, Entry[] entries, long dataStart)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        stream.Position = dataStart;
        foreach (var entry in entries)
        {
            var tensor = empty(entry.Shape, dtype: entry.Type);
            if (tensor.numel() > 0)
                stream.ReadExactly(tensor.bytes);
            if (!tensors.TryAdd(entry.Name, tensor))
                throw new InvalidDataException($"{entry.Name} stands in it twice");
        }

        foreach (var tensor in tensors.Values)
            tensor.DetachFromDisposeScope();
        return tensors;
    }

    static (string Name, ScalarType Type, int Size) Find(string tensor, ScalarType type)
    {
        foreach (var dtype in dtypes)
        {
            if (dtype.Type == type)
                return dtype;
        }

        throw new ArgumentException(
            $"The tensor {tensor} is {type}, which a safetensors file cannot hold.", nameof(type));
    }

    sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End)
    {
        public static Entry Parse(JsonProperty property)
        {
            var dtypeName = property.Value.GetProperty("dtype").GetString();
            var dtype = dtypes.FirstOrDefault(d => d.Name == dtypeName);
            if (dtype.Name is null)
                throw new InvalidDataException($"{property.Name} has the unknown dtype {dtypeName}");

            long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];
            long[] range = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64())];
            var size = checked(shape.Aggregate(1L, (product, n) => checked(product * n)) * dtype.Size);
            if (range.Length != 2 || shape.Any(n => n < 0) || range[1] - range[0] != size)
                throw new InvalidDataException(
                    $"{property.Name} of shape [{string.Join(", ", shape)}] and type {dtypeName} takes {size} bytes, "
                        + $"not those at [{string.Join(", ", range)}]");
            return new Entry(property.Name, dtype.Type, shape, range[0], range[1]);
        }
    }
}
