using static TorchSharp.torch;

namespace Ensembles.Compiling.Tests;

/// <summary>How what was measured becomes a plan's choices; the measurements here are made up.</summary>
public class ChoosingTests
{
    static MeasuredPart Row(
        int part, double own, double plain, double stacked, double channelsLast, double? fused = null) => new(
        part,
        own,
        [
            new(ConvolutionPath.Plain, plain, stacked),
            new(ConvolutionPath.ChannelsLast, channelsLast, channelsLast),
            .. fused is { } time ? new[] { new MeasuredPath(ConvolutionPath.Fused, time, time) } : [],
        ]);

    [Fact]
    public void Each_part_takes_the_path_that_is_fastest_for_it()
    {
        MeasuredPart[] rows =
            [Row(1, 10, 9, 9, 9, 2), Row(2, 20, 16, 16, 12, 4), Row(4, 40, 20, 20, 6, 20), Row(8, 80, 40, 40, 11, 60)];

        Assert.Equal(new PlanChoices(ChannelsLast: true, Part: 8, StackUpTo: 0, FuseUpTo: 2), FastestChoices.Of(rows));
    }

    [Fact]
    public void Large_batches_are_split_where_parts_take_less_for_an_image()
    {
        MeasuredPart[] rows = [Row(1, 10, 9, 3, 9), Row(2, 20, 10, 12, 10), Row(4, 40, 35, 35, 36)];

        Assert.Equal(new PlanChoices(ChannelsLast: false, Part: 1, StackUpTo: 1), FastestChoices.Of(rows));
    }

    [Fact]
    public void No_path_is_taken_that_loses_to_the_own_forward_however_much_it_gains_elsewhere()
    {
        // Fused wins by far on the whole, and loses for four images, whether at once or in parts.
        MeasuredPart[] rows = [Row(1, 10, 30, 30, 30, 1), Row(2, 11, 30, 30, 30, 2), Row(4, 3, 30, 30, 30, 6)];

        Assert.Equal(
            new PlanChoices(ChannelsLast: false, Part: 4, StackUpTo: 0, FuseUpTo: 2, OwnForward: true),
            FastestChoices.Of(rows));
    }

    [Fact]
    public void Where_every_path_loses_the_own_forward_runs_in_batches_as_large_as_they_come()
    {
        MeasuredPart[] rows = [Row(1, 10, 11, 10.1, 12), Row(2, 19, 20, 21, 22)];

        Assert.Equal(
            new PlanChoices(ChannelsLast: false, Part: 2, StackUpTo: 0, OwnForward: true), FastestChoices.Of(rows));
    }

    [Fact]
    public void A_plan_of_own_forwards_decides_alike_and_spares_the_same_members()
    {
        manual_seed(1);
        var ensemble = new Handmade<MajorityVote>(
            [new Layered(Given.SmallNetwork()), new OwnForward(), new Layered(Given.SmallNetwork())],
            [new Contrast()]);
        ensemble.eval();
        using var images = Given.Images(30);
        ensemble.CalibrateGates(images);
        foreach (var fuseUpTo in new[] { 0, 4 })
        {
            var choices = new PlanChoices(false, 8, StackUpTo: 8, fuseUpTo, OwnForward: true);
            using var plan = ensemble.Compile(Given.Options with { Choices = choices });
            PlanAssert.DecidesAlike(ensemble, plan, images);
            Assert.Contains("members run their own forward, on copies", plan.ToString());
        }

        using var sparing = ensemble.Compile(
            Given.Options with { SkipSettled = true, Choices = new(false, 8, 0, 0, OwnForward: true) });
        Assert.Contains("settled: M0, M2\n", sparing.ToString());
    }

    [Fact]
    public void Turns_that_were_disturbed_do_not_count()
    {
        var (now, turns) = (0.0, 0);
        void Slow() => now += 3;
        // Four turns in five take a hundred times as long.
        void Fast() => now += turns++ % 5 == 0 ? 1 : 100;

        Assert.Equal([3, 1], PairedTurns.Least(() => now, [Slow, Fast]));
    }

    [Fact]
    public void One_thread_is_measured_by_its_processor_time_and_several_are_not()
    {
        var before = get_num_threads();
        try
        {
            set_num_threads(1);
            var clock = WorkClock.For(CPU);
            Assert.Equal(
                OperatingSystem.IsLinux() ? "processor time of the thread" : "wall-clock time", clock.Words);
            var start = clock.Milliseconds();
            Assert.InRange(clock.Milliseconds(), start, double.MaxValue);
            set_num_threads(2);
            Assert.Equal("wall-clock time with 2 threads", WorkClock.For(CPU).Words);
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
