using System.Text;
using Serving;
using SkiaSharp;

namespace Ensembles.Serving.Tests;

/// <summary>Requests that nobody should answer, by what is wrong with them.</summary>
static class Hostile
{
    const int Pixels = Model.Size * Model.Size;

    static readonly float[] image = RunningService.Images(2)[0];
    static readonly byte[] png = Files.Encode(image, SKEncodedImageFormat.Png);
    static readonly byte[] jpeg = Files.Encode(image, SKEncodedImageFormat.Jpeg);
    static readonly byte[] bomb = Files.Png(5000, 5000, zeros: 5001 * 5000);
    static readonly byte[] profile = Files.Deflated(100_000_000);

    public static IReadOnlyList<(string Name, Func<Random, HttpRequestMessage> Make)> Requests { get; } =
    [
        ("JSON that is cut off", random => Json(Numbers("0.5")[..random.Next(1, 1000)])),
        ("other JSON", random => Json(Any(
            random, "null", "[]", "{}", "1", "\"x\"", "{\"pixels\":null}", "{\"pixels\":{}}", "{\"pixels\":\"0\"}",
            "{\"image\":[0]}", "{\"pixels\":[0,]}", "{\"pixels\":[0]} {}", "{\"pixels\":[0] // one\n}"))),
        ("what is no number", random => Json(Numbers(
            Any(random, "NaN", "Infinity", "-Infinity", "\"0\"", "null", "true", "0x1", "[0]", "{}", "1e", "")))),
        ("numbers outside [0, 1]", random => Json(Numbers(
            Any(random, "-1e-6", "255", "1.0001", "1e999", "-1e999", "1e38", new string('9', 300))))),
        ("another number of pixels", random => Json(Numbers("0.5", Any(random, 0, 1, 783, 785, 3072, 60_000)))),
        ("an image as rows", _ => Json($"{{\"pixels\":[{string.Join(',', Enumerable.Repeat("[0,0]", 28))}]}}")),
        ("a property twice", _ => Json($"{{\"pixels\":[0],{Numbers("0.5")[1..]}")),
        ("a property too many", _ => Json($"{{\"x\":1,{Numbers("0.5")[1..]}")),
        ("deep nesting", random => Json(
            $"{Any(random, "", "{\"pixels\":", "{\"a\":")}{new string('[', random.Next(3, 200_000))}")),
        ("deep objects", random => Json(
            string.Concat(Enumerable.Repeat("{\"pixels\":", random.Next(2, 20_000))))),
        ("bytes as JSON", random => Of(Bytes(random, 500), "application/json")),
        ("text of another encoding", _ => Of(Encoding.Unicode.GetBytes(Numbers("0.5")), "application/json")),
        ("nothing", random => Of([], Any(random, "application/json", "image/png", "image/jpeg"))),
        ("another type", random => Of(png, Any(
            random, "text/plain", "image/webp", "application/octet-stream", "application/jsonp", "image/png2",
            "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"))),
        ("no type", _ => new(HttpMethod.Post, "/classify") { Content = new ByteArrayContent(png) }),
        ("a type that is none", random => WithType(Any(random, "///", "png", ";", "image/", "\"", "a/b/c"))),
        ("a PNG file that is cut off", random => Of(png[..random.Next(1, png.Length - 40)], "image/png")),
        ("a JPEG file that is cut off", random => Of(jpeg[..random.Next(1, jpeg.Length / 2)], "image/jpeg")),
        ("bytes behind the magic of PNG", random => Of([.. png[..16], .. Bytes(random, 300)], "image/png")),
        ("bytes behind the magic of JPEG", random => Of([.. jpeg[..4], .. Bytes(random, 300)], "image/jpeg")),
        ("a header that claims too much", random => Of(
            Files.Png(Any(random, 60_000, 28, int.MaxValue), 60_000, zeros: 100), "image/png")),
        ("a header that claims nothing", random => Of(Files.Png(0, Any(random, 0, 28), zeros: 100), "image/png")),
        ("a large image in few bytes", _ => Of(bomb, "image/png")),
        ("a profile that unpacks to 100 MB", _ => Of(Files.Png(30, 30, 1000, profile), "image/png")),
        ("another size", _ => Of(Files.Png(29, 28, 29 * 29), "image/png")),
        ("transparency", _ => Of(Files.Transparent(), "image/png")),
        ("PNG as JPEG", _ => Of(png, "image/jpeg")),
        ("JPEG as PNG", _ => Of(jpeg, "image/png")),
        ("a packed body", _ => Packed()),
        ("another method", random => new(
            Any(random, HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete, new("BREW")), "/classify")),
        ("another place", random => new(HttpMethod.Post, Any(
            random, "/", "/classify/x", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c", "/%00", $"/{new string('a', 2000)}"))),
        ("a long address", _ => new(HttpMethod.Post, $"/classify?{new string('a', 10_000)}")),
        ("long headers", _ => WithHeader(new string('a', 40_000))),
    ];

    /// <summary>The pixels of an image, all of them zero but for one.</summary>
    public static string Numbers(string one, int count = Pixels) =>
        $"{{\"pixels\":[{string.Join(',', Enumerable.Range(0, count).Select(i => i == count / 2 ? one : "0"))}]}}";

    static HttpRequestMessage Json(string text) => Of(Encoding.UTF8.GetBytes(text), "application/json");

    static HttpRequestMessage Of(byte[] body, string type) =>
        new(HttpMethod.Post, "/classify") { Content = Files.Of(body, type) };

    static HttpRequestMessage WithType(string type)
    {
        var content = new ByteArrayContent(png);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return new(HttpMethod.Post, "/classify") { Content = content };
    }

    static HttpRequestMessage WithHeader(string value)
    {
        var request = Json(Numbers("0.5"));
        request.Headers.Add("X-Long", value);
        return request;
    }

    static HttpRequestMessage Packed()
    {
        var request = Of(profile, "application/json");
        request.Content!.Headers.ContentEncoding.Add("deflate");
        return request;
    }

    static T Any<T>(Random random, params T[] values) => values[random.Next(values.Length)];

    static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
