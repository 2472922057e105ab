using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Short paired runs of the frozen members, laid out in every way there is, on this machine.</summary>
/// <param name="Choices">The fastest.</param>
/// <param name="Rows">The milliseconds behind it, batch by batch.</param>
sealed record PlanMeasurement(PlanChoices Choices, IReadOnlyList<MeasuredBatch> Rows)
{
    static readonly int[] batches = [1, 8, 32, 256];

    /// <summary>A batch for which one call takes longer is the last: larger ones would make compiling slow.</summary>
    const double LongestCall = 150;

    /// <summary>Milliseconds spent on each batch, and calls each contender makes in them.</summary>
    const double TimePerBatch = 200;
    const int Fewest = 3;
    const int Most = 40;

    /// <summary>A choice that gains less than this is not taken: it could be noise.</summary>
    const double Worthwhile = 0.97;

    /// <summary>Measures. Components that run as they are take no part: they cost the same in every plan, and some draw random numbers.</summary>
    public static PlanMeasurement Of(IReadOnlyList<CompiledComponent> members, CompileOptions options, ScalarType precision, Tensor sample)
    {
        var frozen = members.Where(member => member.RunsAsIs is null).ToList();
        if (frozen.Count == 0)
            return new(PlanChoices.Default, []);

        var plain = new MemberNetworks(frozen, channelsLast: false, precision, sample);
        var last = new MemberNetworks(frozen, channelsLast: true, precision, sample);
        try
        {
            var rows = new List<MeasuredBatch>();
            foreach (var batch in batches)
            {
                using var scope = NewDisposeScope();
                rows.Add(Batch(batch, frozen, plain, last, Planner.Images(batch, options, sample.device)));
                if (rows[^1].Eager > LongestCall)
                    break;
            }

            var channelsLast = rows.Sum(row => Math.Log(row.ChannelsLast / row.Plain)) < 0;
            var stackUpTo = rows.TakeWhile(row => row.Stacked(channelsLast) < Worthwhile * row.Separate(channelsLast)).LastOrDefault()?.Batch ?? 0;
            var chosen = channelsLast ? last : plain;
            return new(new PlanChoices(channelsLast, stackUpTo, LargestBatch(chosen, rows[^1].Batch, options, sample.device)), rows);
        }
        finally
        {
            foreach (var network in plain.Networks.Concat(last.Networks))
                network.DisposeExcept(frozen.Select(member => member.Network));
        }
    }

    static MeasuredBatch Batch(int batch, List<CompiledComponent> frozen, MemberNetworks plain, MemberNetworks last, Tensor images)
    {
        var times = Medians(images.device,
            () => frozen.ForEach(member => member.Original.call(images)),
            () => plain.Run(images, stacked: false),
            () => last.Run(images, stacked: false),
            () => plain.Run(images, stacked: true),
            () => last.Run(images, stacked: true));
        return new(batch, times[0], times[1], times[2], times[3], times[4]);
    }

    /// <summary>Smaller parts of a batch may stay in the processor's cache.</summary>
    static int LargestBatch(MemberNetworks networks, int batch, CompileOptions options, Device device)
    {
        if (batch < 64)
            return Math.Max(batch, 32);
        using var scope = NewDisposeScope();
        var images = Planner.Images(batch, options, device);
        int[] parts = [batch, batch / 2, batch / 4, batch / 8];
        var times = Medians(device, [.. parts.Select(part => (Action)(() =>
        {
            for (var start = 0; start < batch; start += part)
                networks.Run(images.narrow(0, start, part), stacked: false);
        }))]);
        var best = Array.IndexOf(times, times.Min());
        return times[best] < Worthwhile * times[0] ? parts[best] : batch;
    }

    /// <summary>Median milliseconds of each contender; they take turns, so that a busy moment of the machine hits them all.</summary>
    static double[] Medians(Device device, params Action[] contenders)
    {
        foreach (var contender in contenders)
            Time(contender, device);
        var round = contenders.Sum(contender => Time(contender, device));
        var rounds = (int)Math.Clamp(TimePerBatch / round, Fewest, Most);
        var times = contenders.Select(_ => new double[rounds]).ToArray();
        for (var r = 0; r < rounds; r++)
        {
            for (var c = 0; c < contenders.Length; c++)
                times[c][r] = Time(contenders[c], device);
        }

        return [.. times.Select(Median)];
    }

    static double Time(Action action, Device device)
    {
        using var scope = NewDisposeScope();
        var watch = Stopwatch.StartNew();
        action();
        if (device.type == DeviceType.CUDA)
            cuda.synchronize();
        return watch.Elapsed.TotalMilliseconds;
    }

    static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}

/// <summary>Median milliseconds of the frozen members on one batch.</summary>
/// <param name="Batch">Images in the batch.</param>
/// <param name="Eager">The ensemble's own modules, without gradients.</param>
/// <param name="Plain">Frozen, torch's default layout.</param>
/// <param name="ChannelsLast">Frozen, channels last.</param>
/// <param name="PlainStacked">Frozen and stacked, default layout.</param>
/// <param name="ChannelsLastStacked">Frozen and stacked, channels last.</param>
sealed record MeasuredBatch(int Batch, double Eager, double Plain, double ChannelsLast, double PlainStacked, double ChannelsLastStacked)
{
    public double Separate(bool channelsLast) => channelsLast ? ChannelsLast : Plain;

    public double Stacked(bool channelsLast) => channelsLast ? ChannelsLastStacked : PlainStacked;
}
