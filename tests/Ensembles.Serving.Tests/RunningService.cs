using System.Net.Http.Json;
using System.Text.Json;
using Ensembles.Data;
using Microsoft.AspNetCore.Builder;
using Serving;
using static TorchSharp.torch;

namespace Ensembles.Serving.Tests;

[CollectionDefinition(nameof(RunningService))]
public sealed class RunningServiceCollection : ICollectionFixture<RunningService>;

/// <summary>The service on a port of the loopback interface, trained once, and what its ensemble says itself.</summary>
public sealed class RunningService : IAsyncLifetime
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-serving-").FullName;
    WebApplication? service;
    Guarded? ensemble;

    /// <summary>The file that the first start wrote.</summary>
    public string Weights => Path.Combine(folder, "guarded.safetensors");

    /// <summary>Asks the service.</summary>
    public HttpClient Http { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (service, Http) = await Start(Weights);
        ensemble = Guarded.Create();
        WeightsFile.Load(ensemble, Weights);
        ensemble.eval();
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await service!.StopAsync();
        await service.DisposeAsync();
        ensemble!.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Starts a service, and waits until it is ready.</summary>
    public static async Task<(WebApplication Service, HttpClient Http)> Start(string weights, params string[] arguments)
    {
        var service = Service.Build(
            ["--urls", "http://127.0.0.1:0", $"--Serving:Weights={weights}", .. arguments]);
        await service.StartAsync();
        var http = new HttpClient { BaseAddress = new Uri(service.Urls.Single()) };
        while (!(await http.GetAsync("/health")).IsSuccessStatusCode)
            await Task.Delay(50);
        return (service, http);
    }

    /// <summary>Images as clients have them, whole multiples of 1/255; one in twenty is rejected.</summary>
    public static float[][] Images(int count)
    {
        using var scope = NewDisposeScope();
        using var shapes = new TextureShapes().Generate(count, seed: 5);
        return [.. shapes.Images.flatten(1).unbind().Select(image => image.data<float>().ToArray())];
    }

    /// <summary>What the ensemble itself says of an image.</summary>
    internal Answer Expected(float[] pixels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var decision = ensemble!.call(tensor(pixels, [1, 1, Model.Size, Model.Size]));
        var label = decision.Labels.item<long>();
        return new(
            label == Decision.Reject ? "REJECT" : TextureShapes.ClassNames[(int)label],
            TextureShapes.ClassNames.Zip(decision.Scores.data<float>().ToArray()).ToDictionary(),
            new() { ["Blurred"] = decision.GateScores.item<float>() });
    }

    /// <summary>What the service says of an image.</summary>
    internal Task<Answer> Ask(float[] pixels) => Ask(Http, pixels);

    internal static async Task<Answer> Ask(HttpClient http, float[] pixels)
    {
        using var response = await http.PostAsJsonAsync("/classify", new { pixels });
        return await AnswerOf(response);
    }

    internal static async Task<Answer> AnswerOf(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<Answer>(text, JsonSerializerOptions.Web)!;
    }

    internal static void AssertSame(Answer expected, Answer found)
    {
        Assert.Equal(expected.Label, found.Label);
        AssertClose(expected.Scores, found.Scores);
        AssertClose(expected.Gates, found.Gates);
    }

    static void AssertClose(Dictionary<string, float> expected, Dictionary<string, float> found)
    {
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, pair => Assert.Equal(pair.Value, found[pair.Key], 1e-4));
    }
}
