using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ensembles.Evaluation;

/// <summary>A report as JSON: all figures of the other forms, and the counts of each image behind them.</summary>
public static class ReportJson
{
    static readonly JsonSerializerOptions options = new()
    {
        WriteIndented = true,
        // This is not embedded in a page, so "x < y" needs no escaping.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(), new CountsOnOneLine() },
    };

    static readonly JsonSerializerOptions reading = new(options) { RespectNullableAnnotations = true };

    /// <summary>Any result of this library as JSON, in the same way.</summary>
    public static string Of<T>(T result) => JsonSerializer.Serialize(result, options);

    /// <summary>The report as JSON.</summary>
    public static string Write(RobustnessReport report) => JsonSerializer.Serialize(report, options);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or is not a report.</exception>
    public static RobustnessReport Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RobustnessReport>(File.ReadAllBytes(path), reading)
                ?? throw new JsonException("it holds nothing");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{path} is not a complete report ({e.Message.TrimEnd('.')}). Create it again.", e);
        }
    }

    /// <summary>Writes the counts of all images on one line, instead of each on its own.</summary>
    sealed class CountsOnOneLine : JsonConverter<int[]>
    {
        public override int[] Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new JsonException("counts are an array");
            var counts = new List<int>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                counts.Add(reader.GetInt32());
            return [.. counts];
        }

        public override void Write(Utf8JsonWriter writer, int[] value, JsonSerializerOptions options) =>
            writer.WriteRawValue($"[{string.Join(",", value)}]");
    }
}
