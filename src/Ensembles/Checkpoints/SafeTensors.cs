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
    const int Alignment = 8;

    /// <summary>The format's names of types, and their bytes.</summary>
    internal static readonly (string Name, ScalarType Type, int Size)[] DTypes =
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
    /// The file is cut off, damaged or of another format; the message names it, and says how to convert what PyTorch
    /// wrote.
    /// </exception>
    public static TensorFile Read(string path)
    {
        using var stream = Open(path);
        try
        {
            var (entries, metadata) = SafeTensorsHeader.Read(stream);
            return new TensorFile(path, ReadTensors(stream, entries), metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or EndOfStreamException
            or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            var found = OtherFormats.Recognise(path, stream);
            throw new InvalidDataException(
                found is not null
                    ? $"{path} is no safetensors file but {found}"
                    : $"{path} is not a whole safetensors file ({e.Message.TrimEnd('.')}). It may have been cut off "
                        + "on its way here, or be of another format: get it again, or name another file. What "
                        + "TorchSharp's own save wrote is loaded with module.load and kept with Checkpoint.Save.",
                e);
        }
    }

    static FileStream Open(string path)
    {
        try
        {
            return OrdinaryFile.Open(path);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FileNotFoundException($"There is no file {path}.", path, e);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message} Name a safetensors file.", e);
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
                json.WriteStartObject(SafeTensorsHeader.MetadataKey);
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

    /// <summary>The tensors, whose bytes follow the header in this order.</summary>
    static Dictionary<string, Tensor> ReadTensors(FileStream stream, SafeTensorsEntry[] entries)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        foreach (var entry in entries)
        {
            var tensor = empty(entry.Shape, dtype: entry.Type);
            if (tensor.numel() > 0)
                Fill(tensor, entry.Name, stream);
            if (!tensors.TryAdd(entry.Name, tensor))
                throw new InvalidDataException($"{entry.Name} stands in it twice");
        }

        foreach (var tensor in tensors.Values)
            tensor.DetachFromDisposeScope();
        return tensors;
    }

    static void Fill(Tensor tensor, string name, FileStream stream)
    {
        stream.ReadExactly(tensor.bytes);
        if (tensor.dtype == ScalarType.Bool && tensor.bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            throw new InvalidDataException($"{name} holds truth values that are neither 0 nor 1");
    }

    static (string Name, ScalarType Type, int Size) Find(string tensor, ScalarType type)
    {
        foreach (var dtype in DTypes)
        {
            if (dtype.Type == type)
                return dtype;
        }

        throw new ArgumentException(
            $"The tensor {tensor} is {type}, which a safetensors file cannot hold.", nameof(type));
    }
}
