using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Short paired runs of the frozen members, on every path there is, on this machine.</summary>
/// <param name="Choices">The fastest.</param>
/// <param name="Baseline">What the paths are compared with, in words.</param>
/// <param name="Rows">The milliseconds behind it, part by part.</param>
sealed record PlanMeasurement(PlanChoices Choices, string Baseline, IReadOnlyList<MeasuredPart> Rows)
{
    static readonly int[] parts = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    /// <summary>A GPU has room for more at once, and needs it to be busy.</summary>
    static readonly int[] partsOnCuda = [.. parts, 512, 1024, 2048, 4096];

    /// <summary>Milliseconds of a call after which no larger part is tried: they would make compiling slow.</summary>
    const double LongestCall = 60;

    /// <summary>
    /// Milliseconds spent on each part; the fewest turns of each contender in them, and how long it calls in one.
    /// </summary>
    const double TimePerPart = 120;
    const int Fewest = 3;
    const double Turn = 1;

    /// <summary>A choice that gains less than this is not taken: it could be noise.</summary>
    const double Worthwhile = 0.97;

    /// <summary>
    /// Measures. Components that run as they are take no part: they cost the same in every plan, and some draw random
    /// numbers.
    /// </summary>
    /// <param name="members">The members, frozen on the plan's device.</param>
    /// <param name="options">How to compile.</param>
    /// <param name="precision">What lowered networks compute in.</param>
    /// <param name="sample">Some images on the plan's device.</param>
    /// <param name="areHere">
    /// Whether the members' own modules are on that device too; where they are not, the first path is the baseline.
    /// </param>
    public static PlanMeasurement Of(
        IReadOnlyList<CompiledComponent> members, CompileOptions options, ScalarType precision, Tensor sample,
        bool areHere)
    {
        var frozen = members.Where(member => member.RunsAsIs is null).ToList();
        if (frozen.Count == 0)
            return new(PlanChoices.Default, "", []);

        var paths = Paths(frozen, sample.device)
            .Select(path => (Path: path, Networks: new MemberNetworks(frozen, path, precision, sample)))
            .ToList();
        try
        {
            var rows = new List<MeasuredPart>();
            foreach (var part in sample.device_type == DeviceType.CUDA ? partsOnCuda : parts)
            {
                using var scope = NewDisposeScope();
                rows.Add(Part(part, areHere ? frozen : [], paths, Planner.Images(part, options, sample.device)));
                if (rows[^1].Baseline > LongestCall)
                    break;
            }

            return new(
                Best(rows),
                areHere
                    ? "the members' own forward, without gradients"
                    : $"the frozen members in torch's default layout (the ensemble is not on {sample.device})",
                rows);
        }
        finally
        {
            foreach (var network in paths.SelectMany(path => path.Networks.Networks))
                network.DisposeExcept(frozen.Select(member => member.Network));
        }
    }

    /// <summary>
    /// Without 512-bit instructions the fused path is far from its best, and not worth the time to measure it.
    /// </summary>
    static IEnumerable<ConvolutionPath> Paths(List<CompiledComponent> frozen, Device device) =>
        device.type == DeviceType.CPU
            && Fusing.IsSupported
            && frozen.Any(member => member.Network.Layers.Any(layer => layer is ConvLayer { Groups: 1 }))
            ? Enum.GetValues<ConvolutionPath>()
            : [ConvolutionPath.Plain, ConvolutionPath.ChannelsLast];

    static MeasuredPart Part(
        int part, List<CompiledComponent> own, List<(ConvolutionPath Path, MemberNetworks Networks)> paths,
        Tensor images)
    {
        Action baseline = own.Count > 0
            ? () => own.ForEach(member => member.Original.call(images))
            : () => paths[0].Networks.Run(images, new PlanChoices(true, part, 0));
        var contenders = paths.SelectMany(
            p => new[] { 0, part }.Select(
                stackUpTo => new Action(() => p.Networks.Run(images, new PlanChoices(true, part, stackUpTo)))));
        var times = Medians(images.device, [baseline, .. contenders]);
        return new(
            part,
            times[0],
            [.. paths.Select((p, i) => new MeasuredPath(p.Path, times[1 + (2 * i)], times[2 + (2 * i)]))]);
    }

    /// <summary>
    /// The layout that is faster on the whole; fused and stacked up to where that gains; the part with the least time
    /// an image.
    /// </summary>
    static PlanChoices Best(List<MeasuredPart> rows)
    {
        var layout = rows[0].Paths
            .Select(p => p.Path)
            .Where(p => p != ConvolutionPath.Fused)
            .MinBy(p => rows.Sum(row => Math.Log(row.On(p)!.Best)));
        var fuseUpTo = UpTo(
            rows, row => (row.On(ConvolutionPath.Fused)?.Best ?? double.PositiveInfinity) / row.On(layout)!.Best);
        var stackUpTo = UpTo(rows, row => Chosen(row).Stacked / Chosen(row).Separate);
        var part = rows.MinBy(
            row => (row.Part <= stackUpTo ? Chosen(row).Stacked : Chosen(row).Separate) / row.Part)!.Part;
        return new PlanChoices(layout == ConvolutionPath.ChannelsLast, part, stackUpTo, fuseUpTo);

        MeasuredPath Chosen(MeasuredPart row) => row.On(row.Part <= fuseUpTo ? ConvolutionPath.Fused : layout)!;
    }

    /// <summary>
    /// The part up to which something gains most: the product of the ratios, new time to old, is least there.
    /// </summary>
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

    /// <summary>
    /// Median milliseconds of each contender; they take turns, so that a busy moment of the machine hits them all.
    /// </summary>
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
/// <param name="Baseline">
/// The ensemble's own modules, without gradients; where they are on another device, the frozen members in torch's
/// default layout.
/// </param>
/// <param name="Paths">The frozen members.</param>
sealed record MeasuredPart(int Part, double Baseline, IReadOnlyList<MeasuredPath> Paths)
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
