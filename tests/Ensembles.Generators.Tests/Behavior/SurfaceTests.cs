using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

public class SurfaceTests
{
    [Fact]
    public void The_exact_labels_are_those_of_forward()
    {
        using var scope = NewDisposeScope();
        var images = Given.Images(80);
        using var trio = Given.Trio();
        using var guarded = Given.Guarded();
        guarded.CalibrateGates(images);

        Assert.True(trio.Surface.Evaluate(images, 1).Labels.Equals(trio.call(images).Labels));
        Assert.True(guarded.Surface.Evaluate(images, 1).Labels.Equals(guarded.call(images).Labels));
        foreach (var (_, variant) in trio.LeaveOneOut())
            Assert.True(variant.Surface.Evaluate(images, 1).Labels.Equals(variant.call(images).Labels));
    }

    [Fact]
    public void The_exact_labels_are_those_of_forward_under_the_same_random_numbers_and_gradients()
    {
        using var scope = NewDisposeScope();
        var images = Given.Images(80).requires_grad_();
        using var five = Given.Five();
        five.CalibrateGates(Given.Images(80, seed: 7));

        manual_seed(3);
        var decided = five.call(images);
        manual_seed(3);
        var attacked = five.Surface.Evaluate(images, 1);

        Assert.True(attacked.Labels.Equals(decided.Labels));
        Assert.True(attacked.Scores.requires_grad && attacked.GateScores.requires_grad);
        Assert.False(attacked.GateThresholds.requires_grad);
    }

    [Fact]
    public void Draws_are_laid_out_draw_after_draw()
    {
        using var scope = NewDisposeScope();
        const int draws = 3, count = 5;
        var images = Given.Images(count);
        using var five = Given.Five();
        five.CalibrateGates(Given.Images(50, seed: 7));
        var output = five.Surface.Evaluate(images, draws);

        Assert.Equal([3, draws * count, 3], output.MemberLogits.shape);
        Assert.Equal([draws * count, 3], output.Scores.shape);
        Assert.Equal([draws * count], output.Labels.shape);
        Assert.Equal([2, draws * count], output.GateScores.shape);
        Assert.Equal([2], output.GateThresholds.shape);

        var (first, bright) = (five.First.call(images), five.Bright.call(images));
        for (var s = 0; s < draws; s++)
        {
            Assert.True(output.MemberLogits[0].narrow(0, s * count, count).Equals(first));
            Assert.True(output.GateScores[0].narrow(0, s * count, count).Equals(bright));
        }

        // A random component draws anew for every row, also when only a module inside it is random.
        Assert.False(output.MemberLogits[2].narrow(0, 0, count).Equals(output.MemberLogits[2].narrow(0, count, count)));
        Assert.False(output.GateScores[1].narrow(0, 0, count).Equals(output.GateScores[1].narrow(0, count, count)));
    }

    [Fact]
    public void The_number_of_draws_is_the_largest_that_any_module_asks_for()
    {
        using var five = Given.Five();
        using var trio = Given.Trio();

        Assert.Equal(7, five.Surface.EotSamples);
        Assert.Equal(3, five.LeaveOneOut().Single(variant => variant.Name == "Noisy").Ensemble.Surface.EotSamples);
        Assert.Equal(1, trio.Surface.EotSamples);
    }

    [Fact]
    public void Without_gates_their_tensors_are_empty()
    {
        using var images = Given.Images(4);
        using var trio = Given.Trio();
        using var output = trio.Surface.Evaluate(images, 2);

        Assert.Equal([0, 8], output.GateScores.shape);
        Assert.Equal([0], output.GateThresholds.shape);
    }

    [Fact]
    public void A_gradient_flows_through_a_nested_part_that_has_none()
    {
        using var scope = NewDisposeScope();
        var images = Given.Images(4).requires_grad_();
        using var trio = Given.Trio();

        trio.Surface.Evaluate(images, 1).MemberLogits[2].sum().backward();

        Assert.True(images.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Every_module_is_listed()
    {
        using var five = Given.Five();
        using var trio = Given.Trio();

        Assert.Equal(five.modules().ToHashSet(), five.Surface.Modules.ToHashSet());
        Assert.Contains(trio.Surface.Modules, module => module is INonDifferentiable);
        Assert.DoesNotContain(five.First, five.LeaveOneOut()[1].Ensemble.Surface.Modules);
    }

    [Fact]
    public void A_member_alone_gives_its_own_logits_and_asks_nobody_else()
    {
        using var images = Given.Images(4);
        using var trio = Given.Trio();
        using var whole = trio.Surface.Evaluate(images, 2);
        var alone = trio.Surface.Alone(2);
        using var output = alone.Evaluate(images, 2);

        Assert.Equal(["Rounded"], alone.Members);
        Assert.Equal(trio.Rounded.modules().Prepend(trio.Rounded), alone.Modules);
        Assert.True(output.MemberLogits.Equals(whole.MemberLogits.narrow(0, 2, 1)));
        Assert.True(output.Scores.Equals(whole.MemberLogits[2]));
        Assert.True(output.Labels.Equals(whole.MemberLogits[2].argmax(-1)));
        Assert.Equal([0, 8], output.GateScores.shape);
        Assert.Equal(1, Given.Five().Surface.Alone(0).EotSamples);
    }

    [Fact]
    public void An_evaluation_leaves_nothing_behind_but_its_output()
    {
        using var images = Given.Images(8).requires_grad_();
        using var five = Given.Five();
        five.CalibrateGates(Given.Images(10));
        var surface = five.Surface;
        surface.Evaluate(images, 2).Dispose();

        var before = LiveTensors.Count();
        for (var i = 0; i < 5; i++)
            surface.Evaluate(images, 2).Dispose();

        Assert.Equal(before, Tensor.TotalCount);
    }
}
