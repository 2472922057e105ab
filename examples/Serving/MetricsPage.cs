using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Serving;

/// <summary>
/// The service's meters, and how long ASP.NET Core took for requests, as a page in the text format of Prometheus.
/// </summary>
sealed class MetricsPage : IDisposable
{
    /// <summary>More series than the tags of these meters can have; further ones are dropped.</summary>
    const int MostSeries = 1000;

    readonly Lock gate = new();
    readonly MeterListener listener = new();
    readonly SortedDictionary<string, SortedDictionary<string, Series>> metrics = new(StringComparer.Ordinal);
    readonly Batcher batcher;
    int count;

    public MetricsPage(IMeterFactory meters, Batcher batcher)
    {
        this.batcher = batcher;
        listener.InstrumentPublished = (instrument, listening) =>
        {
            // Only those of this service, where a process has several.
            if (ReferenceEquals(instrument.Meter.Scope, meters) && IsShown(instrument))
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();
    }

    public void Dispose() => listener.Dispose();

    /// <summary>The page as it is now.</summary>
    public string Write()
    {
        var page = new StringBuilder("# TYPE serving_queue_length gauge\n");
        page.Append(CultureInfo.InvariantCulture, $"serving_queue_length {batcher.Length}\n");
        lock (gate)
        {
            foreach (var (name, series) in metrics)
            {
                var isHistogram = series.Values.First().Bounds.Count > 0;
                page.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {(isHistogram ? "histogram" : "counter")}\n");
                foreach (var (tags, values) in series)
                    values.Write(page, name, tags);
            }
        }

        return page.ToString();
    }

    static bool IsShown(Instrument instrument) =>
        instrument.Meter.Name == ServingMetrics.Name || instrument.Name == "http.server.request.duration";

    void Record<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct, IConvertible
    {
        var bounds = (instrument as Histogram<T>)?.Advice?.HistogramBucketBoundaries;
        double[] edges = bounds is null ? [] : [.. bounds.Select(edge => edge.ToDouble(CultureInfo.InvariantCulture))];
        var (name, key) = (NameOf(instrument, edges.Length > 0), KeyOf(tags));
        lock (gate)
        {
            if (!metrics.TryGetValue(name, out var all))
                metrics[name] = all = new(StringComparer.Ordinal);
            if (!all.TryGetValue(key, out var series))
            {
                if (count == MostSeries)
                    return;
                count++;
                all[key] = series = new Series(edges);
            }

            series.Record(value.ToDouble(CultureInfo.InvariantCulture));
        }
    }

    static string NameOf(Instrument instrument, bool isHistogram) =>
        instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "") + (isHistogram ? "" : "_total");

    /// <summary>a="1",b="2": what a series is told from others of its name by.</summary>
    static string KeyOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            var escaped = text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
            key.Append(key.Length > 0 ? "," : "").Append(name.Replace('.', '_')).Append($"=\"{escaped}\"");
        }

        return key.ToString();
    }

    /// <summary>A sum, and for histograms how many values lie at or below each bound.</summary>
    sealed class Series(IReadOnlyList<double> bounds)
    {
        readonly long[] buckets = new long[bounds.Count];
        double sum;
        long values;

        public IReadOnlyList<double> Bounds => bounds;

        public void Record(double value)
        {
            (sum, values) = (sum + value, values + 1);
            for (var i = 0; i < buckets.Length; i++)
                buckets[i] += value <= bounds[i] ? 1 : 0;
        }

        public void Write(StringBuilder page, string name, string tags)
        {
            var invariant = CultureInfo.InvariantCulture;
            var braces = tags.Length > 0 ? $"{{{tags}}}" : "";
            if (buckets.Length == 0)
            {
                page.Append(invariant, $"{name}{braces} {sum}\n");
                return;
            }

            var before = tags.Length > 0 ? $"{tags}," : "";
            for (var i = 0; i < buckets.Length; i++)
                page.Append(invariant, $"{name}_bucket{{{before}le=\"{bounds[i]}\"}} {buckets[i]}\n");
            page.Append(invariant, $"{name}_bucket{{{before}le=\"+Inf\"}} {values}\n");
            page.Append(invariant, $"{name}_sum{braces} {sum}\n{name}_count{braces} {values}\n");
        }
    }
}
