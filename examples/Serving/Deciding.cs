using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Serving;

/// <summary>Loads the model beside the running server, then decides until the server is stopped.</summary>
sealed class Deciding(Batcher batcher, ServingOptions options, ILogger<Deciding> log) : BackgroundService, IHealthCheck
{
    volatile Model? model;

    /// <summary>What decides; null until it is loaded.</summary>
    public Model? Model => model;

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(model is null ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());

    /// <summary>It is stopped after the server, when all requests are answered.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var loaded = await Task.Run(() => Model.Load(options.Weights, stoppingToken), stoppingToken);
        log.LogInformation("Weights {Weights} of {Path}", loaded.Weights, Path.GetFullPath(options.Weights));
        log.LogInformation("{Plan}", loaded.Plan);
        using var stop = stoppingToken.Register(batcher.Close);
        model = loaded;
        await batcher.Run(loaded.Plan.Decide);
        model = null;
    }
}
