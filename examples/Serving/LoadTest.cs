using System.Diagnostics;
using Ensembles.Data;

namespace Serving;

/// <summary>Requests per second over loopback, with batches and without; clients run in the same process.</summary>
static class LoadTest
{
    static readonly TimeSpan warming = TimeSpan.FromSeconds(2), measured = TimeSpan.FromSeconds(10);

    /// <summary>Prints a table.</summary>
    /// <param name="arguments">Those of the service.</param>
    public static async Task Run(string[] arguments)
    {
        Console.WriteLine($"{Environment.ProcessorCount} processors");
        Console.WriteLine("| batches of at most | clients | requests per second | median, ms | 99 of 100, ms |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var batchSize in new[] { 1, 64 })
        {
            await using var service = Service.Build(
                [.. arguments, "--urls", "http://127.0.0.1:0", $"--Serving:BatchSize={batchSize}"]);
            await service.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };
            while (!(await http.GetAsync("/health")).IsSuccessStatusCode)
                await Task.Delay(100);
            foreach (var clients in new[] { 1, 16, 128 })
            {
                await Times(http, clients, warming);
                var times = await Times(http, clients, measured);
                Array.Sort(times);
                var (median, slow) = (times[times.Length / 2], times[times.Length * 99 / 100]);
                var rate = times.Length / measured.TotalSeconds;
                Console.WriteLine($"| {batchSize} | {clients} | {rate:F0} | {median:F1} | {slow:F1} |");
            }

            var page = await http.GetStringAsync("/metrics");
            foreach (var line in page.Split('\n').Where(line => line.StartsWith("serving_batch_repeated_total")))
                Console.WriteLine(line);
            await service.StopAsync();
        }
    }

    /// <summary>Milliseconds of each request of clients who wait for an answer before they ask again.</summary>
    static async Task<double[]> Times(HttpClient http, int clients, TimeSpan duration)
    {
        using var images = new TextureShapes().Generate(clients, seed: 3);
        var pixels = images.Images.flatten(1).unbind().Select(image => image.data<float>().ToArray()).ToArray();
        var clock = Stopwatch.StartNew();
        var times = await Task.WhenAll(pixels.Select(image => Task.Run(async () =>
        {
            var own = new List<double>();
            using var template = JsonContent.Create(new { pixels = image });
            var body = await template.ReadAsByteArrayAsync();
            while (clock.Elapsed < duration)
            {
                var start = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new("application/json");
                using var answer = await http.PostAsync("/classify", content);
                answer.EnsureSuccessStatusCode();
                await answer.Content.ReadAsByteArrayAsync();
                own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return own;
        })));
        return [.. times.SelectMany(own => own)];
    }
}
