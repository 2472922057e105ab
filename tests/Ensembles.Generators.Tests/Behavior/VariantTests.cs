using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Generators.Tests.Behavior;

public class VariantTests
{
    [Fact]
    public void There_is_one_for_each_component()
    {
        using var five = Given.Five();
        var variants = five.LeaveOneOut();

        Assert.Equal(["Bright", "First", "Second", "Contrast", "Noisy"], variants.Select(variant => variant.Name));
        Assert.IsType<Five.WithoutFirst>(variants[1].Ensemble);
        foreach (var (name, variant) in variants)
        {
            Assert.Equal(five.Members.Where(member => member.Name != name), variant.Members);
            Assert.Equal(five.Gates.Where(gate => gate.Name != name), variant.Gates);
            Assert.Equal(
                variant.Members.Select(member => member.Name),
                variant.Declaration.Members.Select(member => member.Name));
            Assert.Equal(variant.Members.Select(member => member.Name), variant.Surface.Members);
            Assert.Equal(variant.Gates.Select(gate => gate.Name), variant.Surface.Gates);
            Assert.Empty(variant.LeaveOneOut());
        }
    }

    [Fact]
    public void The_last_member_cannot_be_left_out()
    {
        using var guarded = Given.Guarded();

        Assert.Equal(["Bright"], guarded.LeaveOneOut().Select(variant => variant.Name));
    }

    [Theory]
    [InlineData("First", 0, 1, 2)]
    [InlineData("Second", 3, 0, 2)]
    [InlineData("Noisy", 3, 1, 0)]
    [InlineData("Bright", 3, 1, 2)]
    public void The_weights_that_remain_sum_to_one(string leftOut, int first, int second, int noisy)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var images = Given.Images(20);
        using var five = Given.Five();
        five.CalibrateGates(images);
        using var variant = five.LeaveOneOut().Single(variant => variant.Name == leftOut).Ensemble;

        manual_seed(4);
        var decision = variant.call(images);

        int[] weights = [.. new[] { first, second, noisy }.Where(weight => weight > 0)];
        var mean = weights.Select((weight, i) => decision.MemberLogits[i].softmax(1) * weight)
            .Aggregate((a, b) => a + b) / weights
            .Sum();
        Assert.Equal(weights.Length, decision.MemberLogits.size(0));
        Assert.True(decision.Scores.exp().allclose(mean, atol: 1e-6));

        var attacked = variant.Surface.Evaluate(images, 1);
        var ballot = new Ballot(
            attacked.MemberLogits, tensor(weights.Select(weight => weight / (float)weights.Sum()).ToArray()), 1);
        Assert.True(attacked.Scores.allclose(WeightedMean.SurrogateScores(ballot), atol: 1e-5));
    }

    [Fact]
    public void The_quorum_shrinks_with_the_members()
    {
        using var scope = NewDisposeScope();
        var images = Given.Images(60);
        using var trio = Given.Trio();
        var variant = trio.LeaveOneOut().Single(variant => variant.Name == "Rounded").Ensemble;
        var decision = variant.call(images);

        var votes = decision.MemberLogits.argmax(-1);
        Assert.Equal(2, variant.Declaration.Quorum);
        Assert.True(decision.Labels.Equals(where(votes[0].eq(votes[1]), votes[0], -1L)));
    }

    [Fact]
    public void A_gate_left_out_rejects_no_more()
    {
        using var images = Given.Images(100);
        using var guarded = Given.Guarded();
        guarded.CalibrateGates(images);
        using var whole = guarded.call(images);
        using var open = guarded.LeaveOneOut().Single().Ensemble.call(images);

        Assert.Contains(Decision.Reject, whole.Labels.data<long>().ToArray());
        Assert.DoesNotContain(Decision.Reject, open.Labels.data<long>().ToArray());
    }

    [Fact]
    public void Components_and_thresholds_are_shared()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var images = Given.Images(40);
        using var five = Given.Five();
        var variant = five.LeaveOneOut()[1].Ensemble;

        variant.CalibrateGates(images);
        five.Second.parameters().First().fill_(0.5f);

        Assert.False(float.IsNaN(five.get_buffer("brightThreshold")!.item<float>()));
        Assert.True(variant.call(images).MemberLogits[0].Equals(five.Second.call(images)));
    }

    [Fact]
    public void Disposing_a_variant_leaves_the_whole_intact()
    {
        using var images = Given.Images(10);
        using var five = Given.Five();
        five.CalibrateGates(images);

        foreach (var (_, variant) in five.LeaveOneOut())
        {
            Assert.Empty(variant.parameters());
            Assert.Empty(variant.state_dict());
            // Even from inside a module that owns its sub-modules.
            using var holder = ModuleList<Module>(variant);
        }

        using var decision = five.call(images);
        Assert.Equal(10, decision.Labels.size(0));
    }
}
