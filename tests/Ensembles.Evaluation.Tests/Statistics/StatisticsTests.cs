using CsCheck;

namespace Ensembles.Evaluation.Tests.Statistics;

public class StatisticsTests
{
    // Golden values computed once in plain double arithmetic with z = 1.959964.
    [Theory]
    [InlineData(45, 100, 0.35615, 0.54755)]
    [InlineData(0, 100, 0, 0.03699)]
    [InlineData(450, 1000, 0.41942, 0.48097)]
    public void Wilson_interval_has_its_golden_values(int successes, int count, double low, double high)
    {
        var rate = Rate.Of(successes, count);

        Assert.Equal((double)successes / count, rate.Value);
        Assert.Equal(low, rate.Low, 5e-6);
        Assert.Equal(high, rate.High, 5e-6);
    }

    [Fact]
    public void Wilson_interval_holds_its_share_and_mirrors()
    {
        Gen.Select(Gen.Int[1, 2000], Gen.Double[0, 1]).Sample((count, share) =>
        {
            var successes = Math.Round(share * count);
            var (rate, mirrored) = (Rate.Of(successes, count), Rate.Of(count - successes, count));
            Assert.InRange(rate.Value, rate.Low, rate.High);
            Assert.InRange(rate.Low, 0, 1);
            Assert.InRange(rate.High, 0, 1);
            Assert.Equal(rate.Low, 1 - mirrored.High, 1e-12);
        });
    }

    [Fact]
    public void Rates_reject_what_is_no_share()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Rate.Of(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Rate.Of(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Rate.Of(-1, 2));
    }

    [Theory]
    [InlineData(10, 2, 0.038574)]
    [InlineData(2, 10, 0.038574)]
    [InlineData(0, 0, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(6, 0, 0.03125)]
    public void On_flags_the_test_is_McNemars_exact_and_two_sided(int b, int c, double p) =>
        Assert.Equal(p, SignFlipTest.P(Flags(b, c)), 5e-7);

    [Fact]
    public void The_test_stays_finite_for_many_images()
    {
        Assert.InRange(SignFlipTest.P(Flags(30000, 0)), 0, 1e-300);
        Assert.InRange(SignFlipTest.P(Flags(20000, 20000)), 0.99, 1.0000001);
    }

    /// <summary>
    /// 3 - 1 + 2 = 4; of the eight choices of signs 6, 4, -4 and -6 are as far from 0. Every choice by hand, too.
    /// </summary>
    [Fact]
    public void Differences_of_several_sizes_are_all_flipped()
    {
        Assert.Equal(0.5, SignFlipTest.P([3, -1, 2]), 1e-12);

        int[] d = [10, 3, -4, 7, 1, -2, 5, 10, 0];
        var far = Enumerable.Range(0, 1 << d.Length).Count(signs =>
            Math.Abs(d.Select((by, i) => (signs >> i & 1) == 1 ? by : -by).Sum()) >= Math.Abs(d.Sum()));
        Assert.Equal(far / (double)(1 << d.Length), SignFlipTest.P(d), 1e-12);
    }

    [Fact]
    public void Shares_of_draws_are_paired_image_by_image()
    {
        // 1 - 1/2, 1/2 - 1/2, 0 - 1: one of ten draws has the weight of a tenth.
        var difference = PairedDifference.CompareFamily(([10, 5, 0], 10), [([1, 1, 2], 2)]).Single();
        Assert.Equal((3, 1, 1), (difference.Images, difference.OnlyWith, difference.OnlyWithout));
        Assert.Equal((-0.5, 1.25), (difference.Sum, difference.SumOfSquares));
        Assert.Equal(-1 / 6.0, difference.Difference, 1e-12);
        Assert.Equal(0.5, difference.With.Value, 1e-12);
        Assert.Equal(2 / 3.0, difference.Without.Value, 1e-12);
        Assert.Throws<ArgumentException>(() => PairedDifference.CompareFamily(([1], 1), [([1, 1], 1)]));
    }

    static int[] Flags(int b, int c) => [.. Enumerable.Repeat(1, b), .. Enumerable.Repeat(-1, c), 0, 0];

    [Fact]
    public void Holm_steps_down()
    {
        // Sorted: .01 x 4, .02 x 3, .03 x 2, .8 x 1; made monotone.
        var corrected = Holm.Correct([0.03, 0.01, 0.8, 0.02]);

        double[] expected = [0.06, 0.04, 0.8, 0.06];
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], corrected[i], 1e-12);
        Assert.Empty(Holm.Correct([]));
        Assert.Throws<ArgumentException>(() => Holm.Correct([0.5, double.NaN]));
    }

    [Fact]
    public void Holm_never_lowers_a_p_value_nor_exceeds_Bonferroni()
    {
        Gen.Double[0, 1].Array[1, 12].Sample(p =>
        {
            var corrected = Holm.Correct(p);
            for (var i = 0; i < p.Length; i++)
                Assert.InRange(corrected[i], p[i], Math.Min(1, p.Length * p[i]) + 1e-12);
        });
    }

    [Fact]
    public void Gate_is_held_to_its_rate_with_the_uncertainty_of_its_calibration()
    {
        // Nearly infinite validation data: the binomial tail P(X >= 10), X ~ B(100, .05), is 0.028188.
        Assert.Equal(0.028188, new GateRate("gate", 0.05, 10, 100, 10_000_000).P, 1e-5);
        // One validation image, none above the threshold: the rate is uniform, so each count of rejections is equally
        // likely.
        Assert.Equal(0.5, new GateRate("gate", 0.5, 5, 9, 1).P, 1e-12);

        Assert.True(new GateRate("gate", 0.05, 12, 100, 100).Keeps);
        Assert.False(new GateRate("gate", 0.05, 25, 100, 100).Keeps);
        Assert.Equal(1, new GateRate("gate", 0.05, 0, 100, 100).P);
    }

    [Fact]
    public void Gates_calibrated_on_one_sample_keep_their_rate_on_another()
    {
        // P is a p-value: it falls below the level no more often than the level says.
        var random = new Random(7);
        var below = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var validation = Enumerable.Range(0, 60).Select(_ => random.NextDouble()).Order().ToArray();
            var threshold = validation[(int)Math.Ceiling(60 * 0.9 - 1e-9) - 1];
            var rejected = Enumerable.Range(0, 80).Count(_ => random.NextDouble() > threshold);
            if (new GateRate("gate", 0.1, rejected, 80, 60).P < 0.1)
                below++;
        }
        Assert.InRange(below, 100, 200 + 3 * Math.Sqrt(2000 * 0.1 * 0.9));
    }

    /// <summary>2 (1/2)^k just below the level over the number of comparisons, and what the test then says.</summary>
    [Theory]
    [InlineData(1, 6)]
    [InlineData(5, 8)]
    [InlineData(20, 10)]
    public void The_smallest_difference_shown_is_the_first_that_the_test_shows(int comparisons, int images)
    {
        Assert.Equal(images, PairedDifference.SmallestShown(comparisons));
        Assert.True(comparisons * SignFlipTest.P(Flags(images, 0)) < PairedDifference.Level);
        Assert.False(comparisons * SignFlipTest.P(Flags(images - 1, 0)) < PairedDifference.Level);
    }

    /// <summary>Systems that differ as those measured do, on as many images: four times in five it shows.</summary>
    [Theory]
    [InlineData(1, 30, 10)]
    [InlineData(5, 24, 6)]
    public void The_images_that_it_takes_show_a_difference_four_times_in_five(
        int comparisons, int onlyWith, int onlyWithout)
    {
        const int measured = 200;
        int[] Survived(int first, int count) =>
            [.. Enumerable.Range(0, measured).Select(image => image >= first && image < first + count ? 1 : 0)];
        var (with, without) = (Survived(0, onlyWith), Survived(onlyWith, onlyWithout));
        var found = PairedDifference.CompareFamily((with, 1), [(without, 1)]).Single();
        var images = found.ImagesToShow(comparisons)!.Value;
        var random = new Random(1);
        var shown = 0;
        for (var repetition = 0; repetition < 300; repetition++)
        {
            int[] drawn =
            [
                .. Enumerable.Range(0, images).Select(_ => random.Next(measured)).Select(place =>
                    place < onlyWith ? 1 : place < onlyWith + onlyWithout ? -1 : 0),
            ];
            if (drawn.Sum() > 0 && comparisons * SignFlipTest.P(drawn) < PairedDifference.Level)
                shown++;
        }

        Assert.InRange(shown / 300.0, 0.7, 0.9);
    }

    [Fact]
    public void No_number_of_images_shows_no_difference() =>
        Assert.Null(PairedDifference.CompareFamily(([1, 0], 1), [([0, 1], 1)]).Single().ImagesToShow(1));
}
