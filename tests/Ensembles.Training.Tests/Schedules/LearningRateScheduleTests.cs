namespace Ensembles.Training.Tests.Schedules;

/// <summary>The rates of four epochs of two batches at rate 1, by hand.</summary>
public class LearningRateScheduleTests
{
    [Fact]
    public void Constant() => AssertRates([1, 1, 1, 1, 1, 1, 1, 1], new ConstantSchedule());

    [Fact]
    public void Falling() => AssertRates([1, 1, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25], new FallingSchedule());

    [Fact]
    public void Linear()
    {
        AssertRates([1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125], new LinearSchedule());
        AssertRates([1, 0.9375, 0.875, 0.8125, 0.75, 0.6875, 0.625, 0.5625], new LinearSchedule { End = 0.5 });
    }

    /// <summary>cos of 0, 22.5, 45, 67.5, 90 degrees: 1, 0.92388, 0.70711, 0.38268, 0.</summary>
    [Fact]
    public void Cosine()
    {
        AssertRates(
            [1, 0.96194, 0.853553, 0.69134, 0.5, 0.30866, 0.146447, 0.03806], new CosineSchedule());
        AssertRates(
            [1, 0.965746, 0.868198, 0.722206, 0.55, 0.377794, 0.231802, 0.134254], new CosineSchedule { End = 0.1 });
    }

    [Fact]
    public void Steps() =>
        AssertRates([1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25], new StepSchedule(1, 3) { Factor = 0.5 });

    /// <summary>From 1/4 up to 1 in half of the run, and down to 0 in the other half.</summary>
    [Fact]
    public void One_cycle() => AssertRates(
        [0.25, 0.4375, 0.625, 0.8125, 1, 0.75, 0.5, 0.25], new OneCycleSchedule { Peak = 0.5, Divisor = 4 });

    static void AssertRates(double[] expected, LearningRateSchedule schedule)
    {
        for (var step = 0; step < expected.Length; step++)
            Assert.Equal(expected[step], schedule.Rate(1, At(step)), 1e-5);
        // The rate asked for is a factor.
        Assert.Equal(0.3 * schedule.Rate(1, At(3)), schedule.Rate(0.3, At(3)), 1e-12);
    }

    static TrainingStep At(int step) => new(step / 2 + 1, 4, step % 2 + 1, 2, 0);
}
