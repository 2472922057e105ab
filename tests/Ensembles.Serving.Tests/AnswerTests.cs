using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Serving;
using SkiaSharp;

namespace Ensembles.Serving.Tests;

/// <summary>What the service answers is what its ensemble decides.</summary>
[Collection(nameof(RunningService))]
public sealed class AnswerTests(RunningService running)
{
    /// <summary>One after the other, and all at once: batches change nothing.</summary>
    [Fact]
    public async Task Answers_are_the_decisions_of_the_ensemble()
    {
        var images = RunningService.Images(200);
        var expected = images.Select(running.Expected).ToArray();
        Assert.InRange(expected.Count(answer => answer.Label == "REJECT"), 1, 100);
        Assert.True(expected.Select(answer => answer.Label).Distinct().Count() > 5);

        foreach (var (image, answer) in images.Zip(expected).Take(20))
            RunningService.AssertSame(answer, await running.Ask(image));
        var found = await Task.WhenAll(images.Select(running.Ask));

        Assert.All(expected.Zip(found), pair => RunningService.AssertSame(pair.First, pair.Second));
        var page = await running.Http.GetStringAsync("/metrics");
        Assert.True(CountOf(page, "serving_batch_size_count") < CountOf(page, "serving_batch_size_sum"), "No batches.");
    }

    [Fact]
    public async Task A_png_file_is_answered_as_its_pixels_are()
    {
        foreach (var image in RunningService.Images(4))
        {
            using var content = Files.Of(Files.Encode(image, SKEncodedImageFormat.Png), "image/png");
            using var response = await running.Http.PostAsync("/classify", content);
            RunningService.AssertSame(running.Expected(image), await RunningService.AnswerOf(response));
        }
    }

    [Fact]
    public async Task A_jpeg_file_is_answered()
    {
        var image = RunningService.Images(2)[0];
        using var content = Files.Of(Files.Encode(image, SKEncodedImageFormat.Jpeg), "image/jpeg; q=1");
        using var response = await running.Http.PostAsync("/classify", content);
        var answer = await RunningService.AnswerOf(response);
        Assert.InRange(answer.Scores["circle"], running.Expected(image).Scores["circle"] - 1, 0);
    }

    /// <summary>
    /// A second start loads what the first one trained. With a queue of one, who does not fit hears of it at once, and
    /// the others get their answer. Who is being served when it stops is answered.
    /// </summary>
    [Fact]
    public async Task A_second_service_has_the_same_weights_refuses_what_its_queue_cannot_hold_and_ends_cleanly()
    {
        var before = File.ReadAllBytes(running.Weights);
        var (service, http) = await RunningService.Start(
            running.Weights, "--Serving:QueueLength=1", "--Serving:BatchSize=1");
        Assert.Equal(before, File.ReadAllBytes(running.Weights));

        var image = RunningService.Images(2)[0];
        var responses = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ =>
            http.PostAsJsonAsync("/classify", new { pixels = image })));

        var full = responses.Where(response => response.StatusCode == HttpStatusCode.ServiceUnavailable).ToArray();
        Assert.NotEmpty(full);
        Assert.All(full, response => Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter!.Delta));
        Assert.Contains("Too many images wait", await full[0].Content.ReadAsStringAsync());
        var answered = responses.Except(full).ToArray();
        Assert.NotEmpty(answered);
        foreach (var response in answered)
            RunningService.AssertSame(running.Expected(image), await RunningService.AnswerOf(response));

        var body = Hostile.Numbers("0.5");
        using var last = await RawClient.Connect(http);
        await last.Write($"{RawClient.Post}Expect: 100-continue\r\nContent-Length: {body.Length}\r\n\r\n");
        // It is read.
        Assert.StartsWith("HTTP/1.1 100", await last.ReadSome());
        var stopping = service.StopAsync();
        await last.Write(body);
        Assert.StartsWith("HTTP/1.1 200", await last.Read());
        await stopping;
        http.Dispose();
        await service.DisposeAsync();
    }

    [Fact]
    public async Task Until_the_model_is_loaded_nothing_is_ready()
    {
        var weights = Path.Combine(Path.GetDirectoryName(running.Weights)!, "none", "guarded.safetensors");
        await using var service = Service.Build(["--urls", "http://127.0.0.1:0", $"--Serving:Weights={weights}"]);
        await service.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };

        var health = await http.GetAsync("/health");
        var answer = await http.PostAsJsonAsync("/classify", new { pixels = RunningService.Images(2)[0] });
        await service.StopAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.False(Path.Exists(weights), "A training that was stopped wrote its weights.");
    }

    [Fact]
    public async Task Metrics_count_answers_by_label_and_requests_by_status()
    {
        await running.Ask(RunningService.Images(2)[0]);
        await running.Http.PostAsync("/classify", new StringContent("{", new MediaTypeHeaderValue("application/json")));

        var lines = (await running.Http.GetStringAsync("/metrics")).Split('\n');

        Assert.Contains(lines, line => line.StartsWith("serving_decisions_total{label=\"", StringComparison.Ordinal));
        Assert.Contains("serving_queue_length 0", lines);
        Assert.Contains(lines, line =>
            line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)
                && line.Contains("http_response_status_code=\"400\"", StringComparison.Ordinal));
        Assert.All(lines.Where(line => line.Length > 0), line => Assert.Matches(
            @"^(# TYPE \w+ (gauge|counter|histogram)|\w+(\{\w+=""[^""]*""(,\w+=""[^""]*"")*\})? [0-9.E+-]+)$", line));
    }

    static double CountOf(string page, string name) => double.Parse(
        page.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1],
        System.Globalization.CultureInfo.InvariantCulture);
}
