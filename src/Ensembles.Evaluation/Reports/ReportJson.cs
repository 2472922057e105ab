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
        // Not for embedding in a page, so "x < y" may stand as it is.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(), new CountsOnOneLine() },
    };

    /// <summary>The report as JSON.</summary>
    public static string Write(RobustnessReport report) => JsonSerializer.Serialize(report, options);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or is no report.</exception>
    public static RobustnessReport Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RobustnessReport>(File.ReadAllBytes(path), options)
                ?? throw new JsonException("it holds nothing");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not a whole report ({e.Message.TrimEnd('.')}). Make it again.", e);
        }
    }

    /// <summary>A count for every image takes one line, not one for each.</summary>
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

        public override void Write(Utf8JsonWriter writer, int[] value, JsonSerializerOptions options) => writer.WriteRawValue($"[{string.Join(",", value)}]");
    }
}
