using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

public class DecisionTests
{
    [Fact]
    public void A_vote_is_the_one_written_by_hand()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var images = Given.Images(30);
        using var five = Given.Five();
        five.CalibrateGates(Given.Images(100, seed: 5));

        manual_seed(11);
        var decision = five.call(images);

        manual_seed(11);
        var bright = five.Bright.call(images);
        var first = five.First.call(images);
        var second = five.Second.call(images);
        var contrast = five.Contrast.call(images);
        var noisy = five.Noisy.call(images);
        var mean = (first.softmax(1) * 3 + second.softmax(1) + noisy.softmax(1) * 2) / 6;
        var rejected = bright.gt(five.get_buffer("brightThreshold")!)
            .logical_or(contrast.gt(five.get_buffer("contrastThreshold")!));

        Assert.True(decision.Scores.exp().allclose(mean, atol: 1e-6));
        Assert.True(decision.Labels.Equals(mean.argmax(1).masked_fill(rejected, -1)));
        Assert.True(decision.MemberLogits.Equals(stack([first, second, noisy])));
        Assert.True(decision.GateScores.Equals(stack([bright, contrast])));
        Assert.InRange(rejected.sum().item<long>(), 1, 29);
    }

    [Fact]
    public void Without_gates_there_are_no_gate_scores()
    {
        using var images = Given.Images(5);
        using var trio = Given.Trio();
        using var decision = trio.call(images);

        Assert.Equal([0, 5], decision.GateScores.shape);
    }

    [Fact]
    public void The_quorum_is_the_one_declared()
    {
        using var scope = NewDisposeScope();
        var images = Given.Images(60);
        using var trio = Given.Trio();
        var decision = trio.call(images);

        var votes = decision.MemberLogits.argmax(-1);
        var unanimous = votes[0].eq(votes[1]).logical_and(votes[0].eq(votes[2]));

        Assert.True(decision.Labels.Equals(where(unanimous, votes[0], -1L)));
        Assert.InRange(unanimous.sum().item<long>(), 1, 59);
    }

    [Fact]
    public void A_gate_rejects_clean_images_at_its_rate()
    {
        using var images = Given.Images(300);
        using var guarded = Given.Guarded();
        guarded.CalibrateGates(images);
        using var decision = guarded.call(images);

        Assert.Equal(15, decision.Labels.data<long>().ToArray().Count(label => label == Decision.Reject));
    }

    [Fact]
    public void A_gate_without_a_threshold_refuses_to_decide()
    {
        using var images = Given.Images(3);
        using var guarded = Given.Guarded();

        Assert.Contains("Bright", Assert.Throws<InvalidOperationException>(() => guarded.call(images)).Message);
        Assert.Contains(
            "Bright", Assert.Throws<InvalidOperationException>(() => guarded.Surface.Evaluate(images, 1)).Message);
    }

    [Fact]
    public void Images_outside_their_range_are_refused()
    {
        using var images = Given.Images(3) * 255;
        using var trio = Given.Trio();

        Assert.Throws<ArgumentException>(() => trio.call(images));
        Assert.Throws<ArgumentException>(() => Given.Guarded().CalibrateGates(images));
    }

    [Fact]
    public void Calibration_sets_each_module_back_to_its_own_mode()
    {
        using var images = Given.Images(20);
        using var five = Given.Five();
        five.train();
        five.Contrast.eval();
        five.Contrast.Dropout.train();

        five.CalibrateGates(images);

        Assert.All(five.Contrast.SeenTraining, Assert.False);
        Assert.True(five.Bright.training && five.First.training && five.training);
        Assert.False(five.Contrast.training);
        Assert.True(five.Contrast.Dropout.training);
    }

    [Fact]
    public void Calibration_goes_through_all_images_in_batches()
    {
        using var images = Given.Images(300);
        using var five = Given.Five();

        five.CalibrateGates(images);

        Assert.Equal(3, five.Contrast.SeenTraining.Count);
        var scores = images.mean([1, 2, 3]).data<float>().ToArray().Order().ToArray();
        Assert.Equal(scores[269], five.get_buffer("brightThreshold")!.item<float>());
    }

    [Fact]
    public void A_decision_leaves_nothing_behind_but_itself()
    {
        using var images = Given.Images(10);
        using var five = Given.Five();
        five.CalibrateGates(images);
        five.call(images).Dispose();

        var before = LiveTensors.Count();
        for (var i = 0; i < 5; i++)
            five.call(images).Dispose();
        five.CalibrateGates(images);

        Assert.Equal(before, Tensor.TotalCount);
    }
}
