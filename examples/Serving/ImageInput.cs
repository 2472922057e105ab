using System.Text.Json;
using System.Text.Json.Serialization;
using Ensembles.Data;
using Microsoft.Net.Http.Headers;

namespace Serving;

/// <summary>A request that cannot be answered, with what to do in place of it.</summary>
sealed class RefusedException(int status, string message) : Exception(message)
{
    /// <summary>The status of the answer, 4xx.</summary>
    public int Status => status;
}

/// <summary>Reads one image from a request's body: an array of numbers, or a PNG or JPEG file.</summary>
static class ImageInput
{
    /// <summary>In bytes. The numbers of an image take some 16 KB, and a file of so few pixels less.</summary>
    public const int LongestBody = 256 * 1024;

    const int Pixels = Model.Size * Model.Size;

    static readonly string expected =
        $"Send {{\"pixels\": [...]}} with {Pixels} numbers in [0, 1], the image's rows one after the other.";

    static readonly JsonSerializerOptions strict = new(JsonSerializerOptions.Strict) { MaxDepth = 2 };

    sealed record Body([property: JsonPropertyName("pixels")] float[] Pixels);

    /// <summary>The image's pixels, row by row, in [0, 1].</summary>
    /// <exception cref="RefusedException">The body is no such image.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public static async Task<float[]> Read(HttpRequest request)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        Func<byte[], float[]> read = type?.ToLowerInvariant() switch
        {
            "application/json" => OfNumbers,
            "image/png" => body => OfFile(body, "PNG", [0x89, (byte)'P', (byte)'N', (byte)'G']),
            "image/jpeg" => body => OfFile(body, "JPEG", [0xFF, 0xD8, 0xFF]),
            _ => throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                "Set Content-Type to application/json, image/png or image/jpeg."),
        };
        return read(await BodyOf(request));
    }

    static async Task<byte[]> BodyOf(HttpRequest request)
    {
        try
        {
            using var content = new MemoryStream();
            await request.Body.CopyToAsync(content, request.HttpContext.RequestAborted);
            return content.ToArray();
        }
        catch (BadHttpRequestException exception)
        {
            // Too long, too slow, cut off, or not encoded as it says.
            throw new RefusedException(exception.StatusCode, exception.Message);
        }
    }

    static float[] OfNumbers(byte[] body)
    {
        float[] pixels;
        try
        {
            pixels = JsonSerializer.Deserialize<Body>(body, strict)?.Pixels ?? throw Bad(expected);
        }
        catch (JsonException exception)
        {
            throw Bad($"The body is not the JSON that is read here: {exception.Message} {expected}");
        }

        if (pixels.Length != Pixels)
            throw Bad($"There are {pixels.Length} pixels. {expected}");
        // Written so that NaN fails.
        var wrong = Array.FindIndex(pixels, pixel => !(pixel >= 0 && pixel <= 1));
        return wrong < 0
            ? pixels
            : throw Bad($"pixels[{wrong}] is {pixels[wrong]}, and pixels lie in [0, 1]. Divide bytes by 255.");
    }

    static float[] OfFile(byte[] body, string format, ReadOnlySpan<byte> beginning)
    {
        if (!body.AsSpan().StartsWith(beginning))
            throw Bad($"The body is no {format} file. Send the file's bytes as they are.");
        try
        {
            var (height, width) = ImageFile.SizeOf(body);
            if ((height, width) != (Model.Size, Model.Size))
                throw Bad($"The image is {height}x{width} pixels. Scale it to {Model.Size}x{Model.Size}.");
            using var image = ImageFile.Decode(body, channels: 1);
            return image.data<float>().ToArray();
        }
        catch (DatasetException exception)
        {
            throw Bad(exception.Message);
        }
    }

    static RefusedException Bad(string message) => new(StatusCodes.Status400BadRequest, message);
}
