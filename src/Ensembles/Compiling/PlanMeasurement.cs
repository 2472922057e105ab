using System.Diagnostics;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Short paired runs of the frozen members, on every path there is, on this machine.</summary>
/// <param name="Choices">The fastest.</param>
/// <param name="Rows">The milliseconds behind it, part by part.</param>
sealed record PlanMeasurement(PlanChoices Choices, IReadOnlyList<MeasuredPart> Rows)
{
    static readonly int[] parts = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    /// <summary>Milliseconds of a call after which no larger part is tried: they would make compiling slow.</summary>
    const double LongestCall = 60;

    /// <summary>Milliseconds spent on each part; the fewest turns of each contender in them, and how long it calls in one.</summary>
    const double TimePerPart = 120;
    const int Fewest = 3;
    const double Turn = 1;

    /// <summary>A choice that gains less than this is not taken: it could be noise.</summary>
    const double Worthwhile = 0.97;

    /// <summary>Measures. Components that run as they are take no part: they cost the same in every plan, and some draw random numbers.</summary>
    public static PlanMeasurement Of(IReadOnlyList<CompiledComponent> members, CompileOptions options, ScalarType precision, Tensor sample)
    {
        var frozen = members.Where(member => member.RunsAsIs is null).ToList();
        if (frozen.Count == 0)
            return new(PlanChoices.Default, []);

        var paths = Paths(frozen, sample.device).Select(path => (Path: path, Networks: new MemberNetworks(frozen, path, precision, sample))).ToList();
        try
        {
            var rows = new List<MeasuredPart>();
            foreach (var part in parts)
            {
                using var scope = NewDisposeScope();
                rows.Add(Part(part, frozen, paths, Planner.Images(part, options, sample.device)));
                if (rows[^1].Eager > LongestCall)
                    break;
            }

            return new(Best(rows), rows);
        }
        finally
        {
            foreach (var network in paths.SelectMany(path => path.Networks.Networks))
                network.DisposeExcept(frozen.Select(member => member.Network));
        }
    }

    /// <summary>Without 512-bit vectors the fused path is far from its best, and not worth the time to measure it.</summary>
    static IEnumerable<ConvolutionPath> Paths(List<CompiledComponent> frozen, Device device) =>
        device.type == DeviceType.CPU && Vector512.IsHardwareAccelerated && frozen.Any(member => member.Network.Layers.Any(layer => layer is ConvLayer { Groups: 1 }))
            ? Enum.GetValues<ConvolutionPath>()
            : [ConvolutionPath.Plain, ConvolutionPath.ChannelsLast];

    static MeasuredPart Part(int part, List<CompiledComponent> frozen, List<(ConvolutionPath Path, MemberNetworks Networks)> paths, Tensor images)
    {
        Action eager = () => frozen.ForEach(member => member.Original.call(images));
        var contenders = paths.SelectMany(p => new[] { 0, part }.Select(stackUpTo => new Action(() => p.Networks.Run(images, new PlanChoices(true, part, stackUpTo)))));
        var times = Medians(images.device, [eager, .. contenders]);
        return new(part, times[0], [.. paths.Select((p, i) => new MeasuredPath(p.Path, times[1 + (2 * i)], times[2 + (2 * i)]))]);
    }

    /// <summary>The layout that is faster on the whole; fused and stacked up to where that gains; the part with the least time an image.</summary>
    static PlanChoices Best(List<MeasuredPart> rows)
    {
        var layout = rows[0].Paths.Select(p => p.Path).Where(p => p != ConvolutionPath.Fused).MinBy(p => rows.Sum(row => Math.Log(row.On(p)!.Best)));
        var fuseUpTo = UpTo(rows, row => (row.On(ConvolutionPath.Fused)?.Best ?? double.PositiveInfinity) / row.On(layout)!.Best);
        var stackUpTo = UpTo(rows, row => Chosen(row).Stacked / Chosen(row).Separate);
        var part = rows.MinBy(row => (row.Part <= stackUpTo ? Chosen(row).Stacked : Chosen(row).Separate) / row.Part)!.Part;
        return new PlanChoices(layout == ConvolutionPath.ChannelsLast, part, stackUpTo, fuseUpTo);

        MeasuredPath Chosen(MeasuredPart row) => row.On(row.Part <= fuseUpTo ? ConvolutionPath.Fused : layout)!;
    }

    /// <summary>The part up to which something gains most: the product of the ratios, new time to old, is least there.</summary>
    static int UpTo(List<MeasuredPart> rows, Func<MeasuredPart, double> ratio)
    {
        var (upTo, sum, least) = (0, 0.0, 0.0);
        foreach (var row in rows)
        {
            sum += Math.Log(ratio(row) / Worthwhile);
            if (sum < least)
                (upTo, least) = (row.Part, sum);
        }

        return upTo;
    }

    /// <summary>Median milliseconds of each contender; they take turns, so that a busy moment of the machine hits them all.</summary>
    static double[] Medians(Device device, params Action[] contenders)
    {
        foreach (var contender in contenders)
            Time(contender, 1, device);
        var once = contenders.Select(contender => Time(contender, 1, device)).ToArray();
        var calls = once.Select(time => (int)Math.Ceiling(Turn / time)).ToArray();
        var rounds = Math.Max((int)(TimePerPart / once.Zip(calls).Sum(turn => turn.First * turn.Second)), Fewest);
        var times = contenders.Select(_ => new double[rounds]).ToArray();
        for (var r = 0; r < rounds; r++)
        {
            for (var c = 0; c < contenders.Length; c++)
                times[c][r] = Time(contenders[c], calls[c], device);
        }

        return [.. times.Select(Median)];
    }

    /// <summary>Milliseconds of a call, of several in a row.</summary>
    static double Time(Action action, int calls, Device device)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < calls; i++)
        {
            using var scope = NewDisposeScope();
            action();
        }

        if (device.type == DeviceType.CUDA)
            cuda.synchronize();
        return watch.Elapsed.TotalMilliseconds / calls;
    }

    static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}

/// <summary>Median milliseconds of the members on one part of a batch.</summary>
/// <param name="Part">Images.</param>
/// <param name="Eager">The ensemble's own modules, without gradients.</param>
/// <param name="Paths">The frozen members.</param>
sealed record MeasuredPart(int Part, double Eager, IReadOnlyList<MeasuredPath> Paths)
{
    public MeasuredPath? On(ConvolutionPath path) => Paths.FirstOrDefault(p => p.Path == path);
}

/// <summary>Median milliseconds of the frozen members on one path.</summary>
/// <param name="Path">The path.</param>
/// <param name="Separate">One after the other.</param>
/// <param name="Stacked">Those of one architecture as one network.</param>
sealed record MeasuredPath(ConvolutionPath Path, double Separate, double Stacked)
{
    public double Best => Math.Min(Separate, Stacked);
}
