using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Short paired runs of the frozen members, laid out in every way there is, on this machine.</summary>
/// <param name="Choices">The fastest.</param>
/// <param name="Rows">The milliseconds behind it, part by part.</param>
sealed record PlanMeasurement(PlanChoices Choices, IReadOnlyList<MeasuredPart> Rows)
{
    static readonly int[] parts = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    /// <summary>Milliseconds of a call after which no larger part is tried: they would make compiling slow.</summary>
    const double LongestCall = 60;

    /// <summary>Milliseconds spent on each part, and calls each contender makes in them.</summary>
    const double TimePerPart = 120;
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
            var rows = new List<MeasuredPart>();
            foreach (var part in parts)
            {
                using var scope = NewDisposeScope();
                rows.Add(Part(part, frozen, plain, last, Planner.Images(part, options, sample.device)));
                if (rows[^1].Eager > LongestCall)
                    break;
            }

            return new(Best(rows), rows);
        }
        finally
        {
            foreach (var network in plain.Networks.Concat(last.Networks))
                network.DisposeExcept(frozen.Select(member => member.Network));
        }
    }

    static MeasuredPart Part(int part, List<CompiledComponent> frozen, MemberNetworks plain, MemberNetworks last, Tensor images)
    {
        var (separate, stacked) = (new PlanChoices(false, part, 0), new PlanChoices(false, part, part));
        var times = Medians(
            images.device,
            () => frozen.ForEach(member => member.Original.call(images)),
            () => plain.Run(images, separate),
            () => last.Run(images, separate),
            () => plain.Run(images, stacked),
            () => last.Run(images, stacked));
        return new(part, times[0], times[1], times[2], times[3], times[4]);
    }

    /// <summary>The layout that is faster on the whole; stacks up to where they gain; the part with the least time an image.</summary>
    static PlanChoices Best(List<MeasuredPart> rows)
    {
        var channelsLast = rows.Sum(row => Math.Log(row.ChannelsLast / row.Plain)) < 0;
        var stackUpTo = rows.TakeWhile(row => row.Stacked(channelsLast) < Worthwhile * row.Separate(channelsLast)).LastOrDefault()?.Part ?? 0;
        var part = rows.MinBy(row => (row.Part <= stackUpTo ? row.Stacked(channelsLast) : row.Separate(channelsLast)) / row.Part)!.Part;
        return new PlanChoices(channelsLast, part, stackUpTo);
    }

    /// <summary>Median milliseconds of each contender; they take turns, so that a busy moment of the machine hits them all.</summary>
    static double[] Medians(Device device, params Action[] contenders)
    {
        foreach (var contender in contenders)
            Time(contender, device);
        var round = contenders.Sum(contender => Time(contender, device));
        var rounds = (int)Math.Clamp(TimePerPart / round, Fewest, Most);
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

/// <summary>Median milliseconds of the frozen members on one part of a batch.</summary>
/// <param name="Part">Images.</param>
/// <param name="Eager">The ensemble's own modules, without gradients.</param>
/// <param name="Plain">Frozen, torch's default layout.</param>
/// <param name="ChannelsLast">Frozen, channels last.</param>
/// <param name="PlainStacked">Frozen and stacked, default layout.</param>
/// <param name="ChannelsLastStacked">Frozen and stacked, channels last.</param>
sealed record MeasuredPart(int Part, double Eager, double Plain, double ChannelsLast, double PlainStacked, double ChannelsLastStacked)
{
    public double Separate(bool channelsLast) => channelsLast ? ChannelsLast : Plain;

    public double Stacked(bool channelsLast) => channelsLast ? ChannelsLastStacked : PlainStacked;
}
