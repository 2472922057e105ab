using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Serving;

/// <summary>The service: what it answers, and what it takes from strangers.</summary>
static class Service
{
    /// <summary>Makes it; it loads its model, or trains it, once it is started.</summary>
    /// <param name="arguments">Those of ASP.NET Core, such as <c>--urls</c>, and <c>--Serving:</c> options.</param>
    public static WebApplication Build(string[] arguments)
    {
        var builder = WebApplication.CreateSlimBuilder(arguments);
        builder.WebHost.ConfigureKestrel(kestrel => Restrict(kestrel.Limits));
        // A line for each request would let strangers fill the disk.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddSingleton(
            (builder.Configuration.GetSection("Serving").Get<ServingOptions>() ?? new()).Checked());
        builder.Services.AddSingleton<Batcher>().AddSingleton<ServingMetrics>().AddSingleton<MetricsPage>();
        builder.Services.AddSingleton<Deciding>().AddHostedService(services => services.GetRequiredService<Deciding>());
        builder.Services.AddHealthChecks().AddCheck<Deciding>("model");
        builder.Services.AddProblemDetails().ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals);

        var app = builder.Build();
        app.Services.GetRequiredService<MetricsPage>();
        app.UseExceptionHandler().UseStatusCodePages();
        app.MapPost("/classify", Classify.Handle);
        app.MapHealthChecks("/health");
        app.MapGet("/metrics", (MetricsPage page) => Results.Text(page.Write(), "text/plain; version=0.0.4"));
        return app;
    }

    /// <summary>Bounds what a client can hold: bytes, time, connections.</summary>
    static void Restrict(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = ImageInput.LongestBody;
        limits.MaxConcurrentConnections = 1000;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        limits.MinRequestBodyDataRate = new(bytesPerSecond: 1000, gracePeriod: TimeSpan.FromSeconds(2));
    }
}
