using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Serving;

/// <summary>What the service measures beside what ASP.NET Core does.</summary>
sealed class ServingMetrics
{
    public const string Name = "Ensembles.Serving";

    readonly Counter<long> decisions;
    readonly Counter<long> repeated;
    readonly Histogram<int> sizes;
    readonly Histogram<double> durations;

    public ServingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        decisions = meter.CreateCounter<long>("serving.decisions", description: "Answered images, by label.");
        repeated = meter.CreateCounter<long>("serving.batch.repeated", description: "Batches that failed in torch.");
        sizes = meter.CreateHistogram(
            "serving.batch.size", description: "Images decided on together.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64] });
        durations = meter.CreateHistogram(
            "serving.batch.duration", unit: "s", description: "How long a batch takes.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 1],
            });
    }

    /// <summary>An image was answered.</summary>
    /// <param name="label">The name of its class, or REJECT.</param>
    public void Decided(string label) => decisions.Add(1, KeyValuePair.Create("label", (object?)label));

    /// <summary>A batch failed in torch, and is decided again.</summary>
    public void Repeated() => repeated.Add(1);

    /// <summary>Times a batch until it is disposed.</summary>
    public IDisposable Decides(int images)
    {
        sizes.Record(images);
        return new Timed(durations, Stopwatch.GetTimestamp());
    }

    sealed class Timed(Histogram<double> durations, long start) : IDisposable
    {
        public void Dispose() => durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
