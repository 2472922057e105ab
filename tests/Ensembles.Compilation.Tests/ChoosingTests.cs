using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>How what was measured becomes a plan's choices; the measurements here are made up.</summary>
public class ChoosingTests
{
    static MeasuredPart Row(
        int part, double own, double plain, double stacked, double channelsLast) => new(
        part,
        own,
        [
            new(ConvolutionPath.Plain, plain, stacked),
            new(ConvolutionPath.ChannelsLast, channelsLast, channelsLast),
        ]);

    [Fact]
    public void The_path_that_is_fastest_over_all_batches_is_taken_and_stacks_where_that_gains()
    {
        MeasuredPart[] rows = [Row(1, 10, 9, 3, 9), Row(8, 80, 60, 70, 65), Row(32, 320, 240, 280, 260)];

        Assert.Equal(new PlanChoices(ChannelsLast: false, Part: 32, StackUpTo: 1), FastestChoices.Of(rows));
    }

    [Fact]
    public void Large_batches_are_split_where_parts_take_less_for_an_image()
    {
        MeasuredPart[] rows = [Row(1, 10, 9, 9, 9), Row(8, 80, 20, 20, 20), Row(32, 320, 200, 200, 200)];

        Assert.Equal(new PlanChoices(ChannelsLast: true, Part: 8, StackUpTo: 0), FastestChoices.Of(rows));
    }

    [Fact]
    public void Batches_are_never_split_into_single_images_even_where_nothing_else_was_measured()
    {
        MeasuredPart[] fastAlone = [Row(1, 10, 1, 1, 1), Row(8, 80, 40, 40, 40)];
        MeasuredPart[] slow = [Row(1, 900, 700, 700, 800)];

        Assert.Equal(new PlanChoices(ChannelsLast: true, Part: 8, StackUpTo: 0), FastestChoices.Of(fastAlone));
        Assert.Equal(new PlanChoices(ChannelsLast: false, Part: 8, StackUpTo: 0), FastestChoices.Of(slow));
    }

    [Fact]
    public void No_path_is_taken_that_loses_to_the_own_forward_however_much_it_gains_elsewhere()
    {
        MeasuredPart[] rows = [Row(1, 10, 1, 1, 1), Row(8, 11, 2, 2, 2), Row(32, 3, 6, 6, 6)];

        Assert.Equal(
            new PlanChoices(ChannelsLast: false, Part: 32, StackUpTo: 0, OwnForward: true), FastestChoices.Of(rows));
    }

    [Fact]
    public void Where_every_path_loses_the_own_forward_runs_in_batches_as_large_as_they_come()
    {
        MeasuredPart[] rows = [Row(1, 10, 11, 10.1, 12), Row(8, 79, 80, 81, 82)];

        Assert.Equal(
            new PlanChoices(ChannelsLast: false, Part: 8, StackUpTo: 0, OwnForward: true), FastestChoices.Of(rows));
    }

    [Fact]
    public void Layouts_of_networks_without_convolutions_are_one()
    {
        manual_seed(1);
        static Layered Dense() => new(Sequential(nn.Flatten(), Linear(288, 9), ReLU(), Linear(9, Given.Classes)));
        using var ensemble = new Handmade<MeanLogit>([Dense(), Dense()]);
        ensemble.eval();
        using var plan = ensemble.Compile(new CompileOptions(2, 12, 12));
        using var images = Given.Images(20);

        Assert.False(plan.Choices.ChannelsLast);
        Assert.DoesNotContain("ChannelsLast", plan.ToString());
        PlanAssert.DecidesAlike(ensemble, plan, images);
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
        var choices = new PlanChoices(false, 8, StackUpTo: 8, OwnForward: true);
        using var plan = ensemble.Compile(Given.Options with { Choices = choices });
        PlanAssert.DecidesAlike(ensemble, plan, images);
        Assert.Contains("members run their own forward, on copies", plan.ToString());

        using var sparing = ensemble.Compile(
            Given.Options with { SkipSettled = true, Choices = new(false, 8, 0, OwnForward: true) });
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
