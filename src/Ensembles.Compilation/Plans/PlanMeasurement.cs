using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Short paired runs of the members, on every path there is, on this machine.</summary>
/// <param name="Choices">The fastest.</param>
/// <param name="Words">What the paths are compared with, and in what.</param>
/// <param name="Rows">The milliseconds behind it, part by part.</param>
sealed record PlanMeasurement(PlanChoices Choices, string Words, IReadOnlyList<MeasuredPart> Rows)
{
    static readonly int[] parts = [1, 8, 32, 128, 512];

    /// <summary>A GPU has room for more at once, and needs it to be busy.</summary>
    static readonly int[] partsOnCuda = [.. parts, 2048, 4096];

    /// <summary>
    /// Milliseconds that the own forward may be expected to take for a part to be tried; more would make compiling
    /// slow.
    /// </summary>
    const double LongestCall = 20;

    /// <summary>The same for the parts that say more than that of one image does.</summary>
    const double LongestCallOfFew = 300;
    const int Few = 8;

    /// <summary>
    /// Measures. Components that run as they are take no part: they cost the same in every plan, some draw random
    /// numbers, and what others count is theirs.
    /// </summary>
    /// <param name="members">The members, frozen on the plan's device.</param>
    /// <param name="options">How to compile.</param>
    /// <param name="precision">What lowered networks compute in.</param>
    /// <param name="sample">What the members see of some images, on the plan's device.</param>
    /// <param name="behindFronts">What the members see of images.</param>
    public static PlanMeasurement Of(
        IReadOnlyList<CompiledComponent> members,
        CompileOptions options,
        ScalarType precision,
        Tensor sample,
        Func<Tensor, Tensor> behindFronts)
    {
        var frozen = members.Where(member => member.RunsAsIs is null).ToList();
        if (frozen.Count == 0)
            return new(PlanChoices.Default, "", []);

        var own = new MemberNetworks(frozen, ConvolutionPath.Own, precision, sample);
        // Without convolutions the layouts are one path, which need not be measured twice.
        var hasConvolutions = frozen.Any(member => member.Network.AllLayers.Any(layer => layer is ConvLayer));
        ConvolutionPath[] layouts =
            hasConvolutions ? [ConvolutionPath.Plain, ConvolutionPath.ChannelsLast] : [ConvolutionPath.Plain];
        var paths = layouts.Select(path => new MemberNetworks(frozen, path, precision, sample)).ToList();
        try
        {
            var clock = WorkClock.For(sample.device);
            var rows = new List<MeasuredPart>();
            foreach (var part in sample.device_type == DeviceType.CUDA ? partsOnCuda : parts)
            {
                if (rows is [.., var last]
                    && last.Baseline / last.Part * part > (part <= Few ? LongestCallOfFew : LongestCall))
                    break;
                using var scope = NewDisposeScope();
                var images = behindFronts(Planner.Images(part, options, sample.device));
                rows.Add(Part(part, own, paths, images, clock));
            }

            return new(
                FastestChoices.Of(rows),
                $"{Baseline(frozen)}, on as many images (least of paired turns, {clock.Words})",
                rows);
        }
        finally
        {
            foreach (var network in paths.Prepend(own).SelectMany(path => path.Networks))
                network.DisposeExcept(frozen.SelectMany(member => member.Frozen));
        }
    }

    static string Baseline(List<CompiledComponent> frozen)
    {
        var without = frozen.Where(member => member.Own is null).Select(member => member.Name).ToList();
        return "the members' own forward on copies"
            + (without.Count == 0
                ? ""
                : $" ({string.Join(", ", without)}, not to be copied, in torch's default layout)");
    }

    static MeasuredPart Part(
        int part, MemberNetworks own, List<MemberNetworks> paths, Tensor images, WorkClock clock)
    {
        List<Action> contenders = [Run(own, 0)];
        List<(ConvolutionPath Path, int Separate, int Stacked)> places = [];
        foreach (var path in paths)
        {
            contenders.Add(Run(path, 0));
            var separate = contenders.Count - 1;
            if (path.Stacks.Any())
                contenders.Add(Run(path, part));
            places.Add((path.Path, separate, contenders.Count - 1));
        }

        var times = PairedTurns.Least(clock.Milliseconds, contenders);
        return new(
            part,
            times[0],
            [.. places.Select(place => new MeasuredPath(place.Path, times[place.Separate], times[place.Stacked]))]);

        Action Run(MemberNetworks networks, int stackUpTo) =>
            () => networks.Run(images, new PlanChoices(true, part, stackUpTo));
    }
}

/// <summary>Milliseconds of the members on one part of a batch.</summary>
/// <param name="Part">Images.</param>
/// <param name="Baseline">The members' own forward, one after the other, without gradients.</param>
/// <param name="Paths">The frozen members.</param>
sealed record MeasuredPart(int Part, double Baseline, IReadOnlyList<MeasuredPath> Paths)
{
    public MeasuredPath? On(ConvolutionPath path) =>
        path is ConvolutionPath.Own ? new(path, Baseline, Baseline) : Paths.FirstOrDefault(p => p.Path == path);
}

/// <summary>Milliseconds of the frozen members on one path.</summary>
/// <param name="Path">The path.</param>
/// <param name="Separate">One after the other.</param>
/// <param name="Stacked">Those of one architecture as one network.</param>
sealed record MeasuredPath(ConvolutionPath Path, double Separate, double Stacked)
{
    public double Best => Math.Min(Separate, Stacked);
}
