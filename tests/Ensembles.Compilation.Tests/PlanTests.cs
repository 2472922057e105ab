using System.Text.Json;
using static TorchSharp.torch;

namespace Ensembles.Compiling.Tests;

public class PlanTests
{
    [Fact]
    public void A_plan_measured_here_decides_alike_and_its_choices_survive_as_json()
    {
        using var ensemble = Given.Ensemble<MeanProbability>(members: 3, gates: 1);
        using var plan = ensemble.Compile(new CompileOptions(2, 12, 12));
        foreach (var count in new[] { 1, 8, 300 })
        {
            using var images = Given.Images(count);
            PlanAssert.DecidesAlike(ensemble, plan, images);
        }

        var kept = JsonSerializer.Deserialize<PlanChoices>(JsonSerializer.Serialize(plan.Choices));
        using var again = ensemble.Compile(new CompileOptions(2, 12, 12) { Choices = kept });
        Assert.Equal(plan.Choices, again.Choices);
        Assert.Contains("times faster", plan.ToString());
        Assert.DoesNotContain("times faster", again.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Large_batches_are_split_and_come_back_in_order(int stackUpTo)
    {
        using var ensemble = Given.Ensemble<MeanLogit>(gates: 2);
        using var plan = ensemble.Compile(Given.Options with { Choices = new(true, Part: 7, stackUpTo) });
        using var images = Given.Images(700);

        PlanAssert.DecidesAlike(ensemble, plan, images);
    }

    [Fact]
    public void A_batch_too_large_for_one_slice_is_decided_slice_by_slice()
    {
        using var scope = NewDisposeScope();
        using var ensemble = Given.Ensemble<MeanLogit>(gates: 1);
        using var plan = ensemble.Compile(Given.Options with { Choices = new(true, Part: 256, StackUpTo: 0) });
        var slice = HostImages.AtOnce([2, 12, 12]);
        var some = Given.Images(500);
        var images = some.repeat([(slice / 500) + 1, 1, 1, 1]);
        var (expected, actual) = (plan.Decide(some), plan.Decide(images));

        Assert.InRange(images.size(0), slice + 1, long.MaxValue);
        PlanAssert.Same(expected.Labels.repeat([(slice / 500) + 1]), actual.Labels);
        PlanAssert.Close(expected.MemberLogits.repeat([1, (slice / 500) + 1, 1]), actual.MemberLogits);
        // Also where the pixels do not lie in one row, and where a span does not reach the last of them.
        PlanAssert.Same(
            expected.Labels[..1].expand(slice + 1), plan.Decide(some[..1].expand(slice + 1, 2, 12, 12)).Labels);
        images[-1, 1, 11, 11] = 1.5;
        Assert.False(PixelCheck.AreInRange(images, atOnce: 1000));
        Assert.True(PixelCheck.AreInRange(some, atOnce: 1000));
    }

    [Fact]
    public async Task A_plan_disposed_while_threads_are_inside_lets_them_finish_and_no_other_in()
    {
        using var ensemble = Given.Ensemble<MeanLogit>(members: 5, gates: 1);
        var plan = ensemble.Compile(Given.Options with { Choices = new(true, 16, 0) });
        using var images = Given.Images(40);
        using var expected = plan.Decide(images);
        using var started = new CountdownEvent(3);

        // On threads of their own: the pool would begin the last of three a while after the others.
        var callers = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(() =>
        {
            set_num_threads(1);
            plan.Decide(images).Dispose();
            started.Signal();
            for (var calls = 0; ; calls++)
            {
                try
                {
                    using var decision = plan.Decide(images);
                    Assert.True(expected.MemberLogits.Equals(decision.MemberLogits));
                }
                catch (ObjectDisposedException)
                {
                    return calls;
                }
            }
        }, TaskCreationOptions.LongRunning)).ToList();
        started.Wait();
        await Task.Delay(20);
        plan.Dispose();

        Assert.All(await Task.WhenAll(callers), calls => Assert.InRange(calls, 0, int.MaxValue));
        Assert.Contains(
            "compile the ensemble again", Assert.Throws<ObjectDisposedException>(() => plan.Decide(images)).Message);
    }

    [Fact]
    public void No_images_give_no_decisions()
    {
        using var ensemble = Given.Ensemble<MeanLogit>(members: 3, gates: 2);
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(0);
        using var decision = plan.Decide(images);

        Assert.Equal([0, 4], decision.Scores.shape);
        Assert.Equal([0], decision.Labels.shape);
        Assert.Equal([3, 0, 4], decision.MemberLogits.shape);
        Assert.Equal([2, 0], decision.GateScores.shape);
    }

    [Fact]
    public void A_plan_keeps_its_weights_thresholds_and_vote_when_the_ensemble_changes_or_goes()
    {
        manual_seed(1);
        var ensemble = new Handmade<WeightedMean>(
            [new Layered(Given.SmallNetwork()), new OwnForward()], [new Contrast()]);
        ensemble.eval();
        ensemble.CalibrateGates(Given.Images(50));
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(20, seed: 4);
        using var before = plan.Decide(images);

        using (no_grad())
        {
            foreach (var tensor in
                ensemble.parameters().Concat(ensemble.buffers()).Concat(ensemble.Thresholds).Append(ensemble.Weights))
                tensor.mul_(3);
        }

        ensemble.train();
        using var changed = plan.Decide(images);
        ensemble.Dispose();
        using var disposed = plan.Decide(images);

        foreach (var after in new[] { changed, disposed })
        {
            Assert.True(before.Scores.Equals(after.Scores));
            Assert.True(before.MemberLogits.Equals(after.MemberLogits));
            Assert.True(before.Labels.Equals(after.Labels));
        }
    }

    [Fact]
    public async Task Many_callers_get_equal_results()
    {
        manual_seed(1);
        var ensemble = new Handmade<MeanProbability>(
            [
                new Layered(Given.SmallNetwork()),
                new OwnForward(),
                new Transformed(3),
                new Delegating(),
                new Layered(Given.SmallNetwork()),
            ],
            [new Contrast()]);
        ensemble.eval();
        ensemble.CalibrateGates(Given.Images(50));
        using var plan = ensemble.Compile(Given.Options with { Choices = new(true, 16, 4) });
        using var images = Given.Images(40);
        using var expected = plan.Decide(images);

        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            set_num_threads(1);
            return Enumerable.Range(0, 10).Select(_ => plan.Decide(images)).ToArray();
        })));

        foreach (var decision in runs.SelectMany(run => run))
        {
            using (decision)
                Assert.True(expected.Scores.Equals(decision.Scores) && expected.Labels.Equals(decision.Labels));
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void A_decision_leaves_nothing_behind_but_itself(bool skipRejected, bool skipSettled)
    {
        manual_seed(1);
        var ensemble = new Handmade<MajorityVote>(
            [
                new Layered(Given.EveryLayer()),
                new OwnForward(),
                new Layered(Given.SmallNetwork()),
                new Layered(Given.SmallNetwork()),
            ],
            [new Contrast()]);
        ensemble.eval();
        using var images = Given.Images(20);
        ensemble.CalibrateGates(images);
        var options = Given.Options with
        {
            SkipRejected = skipRejected,
            SkipSettled = skipSettled,
            Choices = new(true, 8, 3),
        };
        using var plan = ensemble.Compile(options);
        plan.Decide(images).Dispose();
        var before = LiveTensors.Count();
        for (var i = 0; i < 5; i++)
            plan.Decide(images).Dispose();

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_plan_leaves_nothing_behind()
    {
        using var ensemble = Given.Ensemble<MeanLogit>(members: 3, gates: 1);
        ensemble.Compile(new CompileOptions(2, 12, 12)).Dispose();
        var before = LiveTensors.Count();
        ensemble.Compile(new CompileOptions(2, 12, 12)).Dispose();
        ensemble.Compile(Given.Options with { Precision = Precision.BFloat16 }).Dispose();

        // TorchSharp 0.107 goes on counting parameters after they are disposed, and each compilation copies all once.
        Assert.Equal(before + (2 * ensemble.parameters().Count()), Tensor.TotalCount);
    }

    [Fact]
    public void No_gradient_is_recorded_and_the_images_stay_as_they_are()
    {
        using var ensemble = Given.Ensemble<MeanLogit>();
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(5);
        using var copy = images.clone();
        images.requires_grad_();
        using var decision = plan.Decide(images);

        Assert.False(decision.Scores.requires_grad);
        Assert.True(copy.Equals(images));
    }

    [Fact]
    public void Bad_images_are_refused_in_words()
    {
        using var scope = NewDisposeScope();
        using var ensemble = Given.Ensemble<MeanLogit>();
        using var plan = ensemble.Compile(Given.Options);
        var images = Given.Images(3);
        var spoiled = images.clone();
        spoiled[2, 1, 11, 11] = float.NaN;

        string Refusal(Tensor bad) => Assert.ThrowsAny<ArgumentException>(() => plan.Decide(bad)).Message;
        Assert.Contains("[N, 2, 12, 12]", Refusal(images.narrow(3, 0, 11)));
        Assert.Contains("[N, 2, 12, 12]", Refusal(images[0]));
        Assert.Contains("float32", Refusal(images.to_type(ScalarType.Float64)));
        Assert.Contains("[0, 1]", Refusal(images * 255));
        Assert.Contains("[0, 1]", Refusal(images - 0.1));
        Assert.Contains("NaN", Refusal(spoiled));
        // Also where the pixels do not lie in one row.
        Assert.Contains("NaN", Refusal(spoiled.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)));
        Assert.Contains("made for cpu", Refusal(images.to(META)));
        Assert.Throws<ArgumentNullException>(() => plan.Decide(null!));
        plan.Dispose();
        Assert.Throws<ObjectDisposedException>(() => plan.Decide(images));
        plan.Dispose();
    }

    [Fact]
    public void Senseless_options_are_refused_in_words()
    {
        using var ensemble = Given.Ensemble<MeanLogit>(gates: 1);

        string Refusal(CompileOptions options) =>
            Assert.ThrowsAny<ArgumentException>(() => ensemble.Compile(options)).Message;
        Assert.Contains("channels, height and width", Refusal(new CompileOptions()));
        Assert.Contains("channels, height and width", Refusal(new CompileOptions(1, 0, 28)));
        Assert.Contains("precision", Refusal(Given.Options with { Precision = (Precision)7 }));
        Assert.Contains("Float16 is for CUDA", Refusal(Given.Options with { Precision = Precision.Float16 }));
        Assert.Contains("at least one image", Refusal(Given.Options with { Choices = new(true, 0, 0) }));
        Assert.Contains("M0", Refusal(new CompileOptions(3, 12, 12)));
        Assert.Throws<ArgumentNullException>(() => ensemble.Compile(null!));

        using (no_grad())
            ensemble.Thresholds[0].fill_(float.NaN);
        Assert.Contains("G0", Assert.Throws<InvalidOperationException>(() => ensemble.Compile(Given.Options)).Message);
    }

    [Fact]
    public void A_component_that_runs_as_it_is_must_be_in_evaluation_mode()
    {
        var ensemble = new Handmade<MeanLogit>([new Delegating()]);
        ensemble.train();

        Assert.Contains(
            "eval()", Assert.Throws<InvalidOperationException>(() => ensemble.Compile(Given.Options)).Message);
    }
}
