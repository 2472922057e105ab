using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

public class FrontTests
{
    static Tensor Coarse(Tensor images) => (images * 7).round() / 7;

    [Fact]
    public void Members_see_what_the_front_makes_and_gates_where_they_say_so()
    {
        using var scope = NewDisposeScope();
        using var screened = Given.Screened();
        var images = Given.Images(40);
        var (before, coarse) = (screened.Coarse.Calls, Coarse(images));

        var decision = screened.call(images);

        Assert.Equal(before + 1, screened.Coarse.Calls);
        Assert.True(decision.MemberLogits[0].Equals(screened.First.call(coarse)));
        Assert.True(decision.MemberLogits[1].Equals(screened.Second.call(coarse)));
        Assert.True(decision.GateScores[0].Equals(screened.Bright.call(images)));
        Assert.True(decision.GateScores[1].Equals(screened.Behind.call(coarse)));
    }

    [Fact]
    public void A_gate_behind_it_is_calibrated_behind_it()
    {
        using var scope = NewDisposeScope();
        using var screened = Given.Screened();
        var validation = Given.Images(100, seed: 5);

        var thresholds = screened.Components.Rule.Thresholds.data<float>().ToArray();

        Assert.Equal(GateThreshold.Calibrate(screened.Bright.call(validation), 0.1), thresholds[0]);
        Assert.Equal(GateThreshold.Calibrate(screened.Behind.call(Coarse(validation)), 0.1), thresholds[1]);
        Assert.NotEqual(thresholds[0], thresholds[1]);
    }

    [Fact]
    public void It_is_a_component_like_any_other()
    {
        using var screened = Given.Screened();

        Assert.Equal(
            ["First", "Coarse", "Bright", "Behind", "Second"], screened.LeaveOneOut().Select(left => left.Name));
        Assert.Equal([("Coarse", screened.Coarse)], screened.Fronts.Select(front => (front.Name, front.Module)));
        Assert.Equal(["Coarse"], screened.Declaration.Fronts.Select(front => front.Name));
        Assert.Equal([Category.NonRobustFeatures], screened.Declaration.Fronts[0].Categories);
        Assert.Equal([false, true], screened.Declaration.Gates.Select(gate => gate.BehindFronts));
        Assert.Contains(screened.Coarse, screened.modules());
    }

    [Fact]
    public void Without_it_members_see_the_images()
    {
        using var scope = NewDisposeScope();
        using var screened = Given.Screened();
        var images = Given.Images(40);
        var without = screened.LeaveOneOut().Single(left => left.Name == "Coarse").Ensemble;
        var withIt = screened.LeaveOneOut().Single(left => left.Name == "First").Ensemble;

        Assert.Empty(without.Declaration.Fronts);
        Assert.True(without.call(images).MemberLogits[0].Equals(screened.First.call(images)));
        Assert.True(without.call(images).GateScores[1].Equals(screened.Behind.call(images)));
        Assert.True(withIt.call(images).MemberLogits[0].Equals(screened.Second.call(Coarse(images))));
    }

    [Fact]
    public void The_surface_decides_as_forward_does_and_follows_the_front()
    {
        using var scope = NewDisposeScope();
        using var screened = Given.Screened();
        var images = Given.Images(40).requires_grad_();
        Ensemble[] ensembles = [screened, .. screened.LeaveOneOut().Select(left => left.Ensemble)];
        Assert.All(ensembles, ensemble =>
            Assert.True(ensemble.Surface.Evaluate(images, 1).Labels.Equals(ensemble.call(images).Labels)));

        var logits = screened.Surface.Evaluate(images, 1).MemberLogits[0];
        logits.sum().backward();

        // The weights, and half of them: the surrogate's slope.
        var weights = screened.First.parameters().First().sum([0]);
        Assert.True(images.grad!.flatten(1).allclose(0.5 * weights));
        Assert.Contains(screened.Coarse, screened.Surface.Modules);
    }

    [Fact]
    public void A_member_alone_stands_behind_it()
    {
        using var scope = NewDisposeScope();
        using var screened = Given.Screened();
        var images = Given.Images(8);

        var alone = screened.Surface.Alone(1);

        Assert.Equal(["Second"], alone.Members);
        Assert.Empty(alone.Gates);
        Assert.True(alone.Evaluate(images, 1).Scores.Equals(screened.Second.call(Coarse(images))));
        Assert.DoesNotContain(screened.First, alone.Modules);
    }

    [Fact]
    public void A_random_front_is_drawn_once_for_all_members()
    {
        using var scope = NewDisposeScope();
        const int draws = 3, count = 5;
        using var shaken = Given.Shaken();
        shaken.Second.load_state_dict(shaken.First.state_dict());
        var images = Given.Images(count);

        var output = shaken.Surface.Evaluate(images, draws);
        var decision = shaken.call(images);

        Assert.Equal(7, shaken.Surface.EotSamples);
        Assert.Equal([3, draws * count, 3], output.MemberLogits.shape);
        Assert.True(output.MemberLogits[0].Equals(output.MemberLogits[1]));
        Assert.True(decision.MemberLogits[0].Equals(decision.MemberLogits[1]));
        // Every row has a draw of its own, of the front and of the member that draws.
        foreach (var member in new[] { 0, 2 })
        {
            var logits = output.MemberLogits[member];
            Assert.False(logits.narrow(0, 0, count).Equals(logits.narrow(0, count, count)));
            Assert.False(logits.narrow(0, count, count).Equals(logits.narrow(0, 2 * count, count)));
        }
    }

    [Fact]
    public void The_labels_of_the_surface_are_those_of_forward_under_the_same_random_numbers()
    {
        using var scope = NewDisposeScope();
        using var shaken = Given.Shaken();
        var images = Given.Images(80).requires_grad_();

        manual_seed(3);
        var decided = shaken.call(images);
        manual_seed(3);
        var attacked = shaken.Surface.Evaluate(images, 1);

        Assert.True(attacked.Labels.Equals(decided.Labels));
        Assert.True(attacked.MemberLogits.Equals(decided.MemberLogits));
    }

    [Fact]
    public void A_plan_decides_as_it_is_declared()
    {
        using var scope = NewDisposeScope();
        var options = new CompileOptions(1, 4, 4) { Choices = PlanChoices.Default };
        using var screened = Given.Screened();
        using var shaken = Given.Shaken();
        var images = Given.Images(30);
        Ensemble[] ensembles =
            [screened, .. screened.LeaveOneOut().Select(left => left.Ensemble), shaken];

        foreach (var ensemble in ensembles)
        {
            foreach (var skips in new[] { false, true })
            {
                using var plan = ensemble.Compile(options with { SkipRejected = skips });
                manual_seed(11);
                var actual = plan.Decide(images);
                manual_seed(11);
                var expected = ensemble.call(images);

                Assert.Equal(expected.Labels.data<long>().ToArray(), actual.Labels.data<long>().ToArray());
                Assert.True(expected.GateScores.allclose(actual.GateScores, atol: 1e-5));
            }
        }

        using var described = screened.Compile(options);
        Assert.Contains("front Coarse", described.ToString());
    }

    [Fact]
    public void An_evaluation_leaves_nothing_behind_but_its_output()
    {
        using var images = Given.Images(8).requires_grad_();
        using var shaken = Given.Shaken();
        var surface = shaken.Surface;
        surface.Evaluate(images, 2).Dispose();

        var before = LiveTensors.Count();
        for (var i = 0; i < 5; i++)
            surface.Evaluate(images, 2).Dispose();

        Assert.Equal(before, Tensor.TotalCount);
    }
}
