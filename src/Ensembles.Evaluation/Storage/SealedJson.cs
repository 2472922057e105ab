using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Ensembles.Evaluation;

/// <summary>JSON with a checksum of its own: one digit that is not what was written, and it is refused.</summary>
static class SealedJson
{
    const string Checksum = "Sha256", Content = "Content";

    /// <summary>Writes <c>{"Sha256": ..., "Content": ...}</c>.</summary>
    public static void Write(Stream stream, byte[] json)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteString(Checksum, Convert.ToHexStringLower(SHA256.HashData(json)));
        writer.WritePropertyName(Content);
        writer.WriteRawValue(json);
        writer.WriteEndObject();
    }

    /// <summary>The content, as it was written.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidDataException">It has no checksum, or another one.</exception>
    public static byte[] Open(Stream stream)
    {
        using var document = JsonDocument.Parse(stream);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty(Checksum, out var checksum)
            || checksum.ValueKind != JsonValueKind.String
            || !root.TryGetProperty(Content, out var content))
            throw new InvalidDataException("it has no checksum");
        var json = JsonMarshal.GetRawUtf8Value(content).ToArray();
        return checksum.ValueEquals(Convert.ToHexStringLower(SHA256.HashData(json)))
            ? json
            : throw new InvalidDataException("its content does not agree with its checksum");
    }
}
