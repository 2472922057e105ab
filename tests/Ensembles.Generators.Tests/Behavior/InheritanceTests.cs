using Microsoft.Extensions.DependencyInjection;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>Ensembles that derive from others, as they are generated.</summary>
public class InheritanceTests
{
    [Fact]
    public void It_is_the_ensemble_that_it_would_be_at_one_level()
    {
        using var scope = NewDisposeScope();
        using var wide = Heirs.Wide();
        using var same = Heirs.AtOnce(wide);
        var images = Given.Images(60);

        var (decided, expected) = (wide.call(images), same.call(images));
        var (attacked, surface) = (wide.Surface.Evaluate(images, 1), same.Surface.Evaluate(images, 1));

        Assert.True(decided.Labels.Equals(expected.Labels));
        Assert.True(decided.Scores.Equals(expected.Scores));
        Assert.True(decided.MemberLogits.Equals(expected.MemberLogits));
        Assert.True(decided.GateScores.Equals(expected.GateScores));
        Assert.InRange(decided.Labels.eq(Decision.Reject).sum().item<long>(), 1, 59);
        Assert.True(attacked.Labels.Equals(surface.Labels));
        Assert.True(attacked.Scores.Equals(surface.Scores));
        Assert.True(wide.Components.Rule.Weights.Equals(tensor(new[] { 0.25f, 0.25f, 0.5f })));
        Assert.True(wide.Components.Rule.Thresholds.Equals(same.Components.Rule.Thresholds));
        Assert.Equal(same.DecisionScript, wide.DecisionScript);
        Assert.Equal(
            $"{same.Declaration with { Name = "Wide", Members = [], Gates = [], Fronts = [] }}",
            $"{wide.Declaration with { Members = [], Gates = [], Fronts = [] }}");
        Assert.Equal(same.Declaration.AllMembers.Select(m => (m.Name, m.Defense, m.Weight)),
            wide.Declaration.AllMembers.Select(m => (m.Name, m.Defense, m.Weight)));
        Assert.Equal(["Bright", "Behind", "Late"], wide.Declaration.AllGates.Select(gate => gate.Name));
        Assert.Equal(["Coarse", "Finer"], wide.Declaration.AllFronts.Select(front => front.Name));
    }

    [Fact]
    public void Every_component_is_left_out_and_what_is_left_decides_as_it_would_at_one_level()
    {
        using var scope = NewDisposeScope();
        using var wide = Heirs.Wide();
        using var same = Heirs.AtOnce(wide);
        var images = Given.Images(60);

        var left = wide.LeaveOneOut();

        Assert.Equal(
            ["First", "Coarse", "Bright", "Behind", "Second", "Rounded", "Late", "Finer"],
            left.Select(one => one.Name));
        Assert.IsType<Wide.WithoutFirst>(left[0].Ensemble);
        Assert.Equal("Wide.WithoutFirst", left[0].Ensemble.Declaration.Name);
        foreach (var (one, other) in left.Zip(same.LeaveOneOut()))
        {
            Assert.True(one.Ensemble.call(images).Scores.Equals(other.Ensemble.call(images).Scores), one.Name);
            Assert.True(one.Ensemble.call(images).Labels.Equals(other.Ensemble.call(images).Labels), one.Name);
            Assert.Equal(other.Ensemble.DecisionScript, one.Ensemble.DecisionScript);
        }
    }

    [Fact]
    public void Its_modules_are_in_its_state_those_of_the_first_ensemble_first()
    {
        using var wide = Heirs.Wide();
        using var widest = Heirs.Widest();

        string[] inherited = ["First", "Coarse", "Bright", "Behind", "Second"];
        Assert.Equal(
            inherited.Concat(["Rounded", "Late", "Finer", "own"]).Order(),
            wide.named_children().Select(child => child.name).Order());
        Assert.Equal(inherited, wide.named_children().Take(5).Select(child => child.name));
        Assert.Contains("own.weight", widest.state_dict().Keys);
        Assert.Contains("Inner.Left.linear.weight", widest.state_dict().Keys);
        Assert.Equal(
            ["behindThreshold", "brightThreshold", "lateThreshold", "weights"],
            wide.named_buffers(recurse: false).Select(buffer => buffer.name).Order(StringComparer.Ordinal));
        Assert.Equal("Wide", wide.Declaration.Name);
    }

    [Fact]
    public void Its_state_is_kept_and_comes_back_and_it_moves_as_a_whole()
    {
        using var scope = NewDisposeScope();
        using var wide = Heirs.Wide();
        using var other = Heirs.Wide(seed: 7);
        var images = Given.Images(60);

        other.load_state_dict(wide.state_dict());
        var loaded = other.call(images);
        other.to(float64);
        other.to(float32);

        Assert.True(loaded.Scores.Equals(wide.call(images).Scores));
        Assert.True(loaded.Labels.Equals(wide.call(images).Labels));
        Assert.True(other.call(images).Labels.Equals(loaded.Labels));
        Assert.Contains(other.buffers(), buffer => buffer.Handle == other.Components.Rule.Weights.Handle);
    }

    [Fact]
    public void Disposing_it_disposes_what_it_inherits()
    {
        var wide = Heirs.Wide();
        List<Tensor> tensors = [.. wide.parameters(), .. wide.buffers()];

        wide.Dispose();

        Assert.Equal(4 + 2 + 2 + 4, tensors.Count);
        Assert.All(tensors, tensor => Assert.True(tensor.IsInvalid));
    }

    [Fact]
    public void What_derives_from_it_may_have_ensembles_among_its_members()
    {
        using var scope = NewDisposeScope();
        using var widest = Heirs.Widest();
        var images = Given.Images(60);

        Assert.Equal(
            ["First", "Second", "Rounded", "Inner.Left", "Inner.Right"], widest.Members.Select(member => member.Name));
        Assert.Equal(["Bright", "Behind", "Late", "Inner.Bright"], widest.Gates.Select(gate => gate.Name));
        Assert.True(widest.Surface.Evaluate(images, 1).Labels.Equals(widest.call(images).Labels));
        Assert.Contains("Inner.Left", widest.LeaveOneOut().Select(left => left.Name));
        // A script of what it derives from would decide without the abstentions.
        Assert.Null(widest.DecisionScript);
    }

    [Fact]
    public void Another_rule_is_enough_to_derive()
    {
        using var scope = NewDisposeScope();
        using var screened = Given.Screened();
        using var otherwise = new Otherwise(
            screened.First, screened.Coarse, screened.Bright, screened.Behind, screened.Second);
        otherwise.CalibrateGates(Given.Images(100, seed: 5));
        var images = Given.Images(60);

        Assert.Equal("MaxMin", otherwise.Declaration.Rule);
        Assert.True(otherwise.call(images).MemberLogits.Equals(screened.call(images).MemberLogits));
        Assert.False(otherwise.call(images).Scores.Equals(screened.call(images).Scores));
    }

    [Fact]
    public void An_abstract_generic_ensemble_is_there_to_derive_from()
    {
        using var scope = NewDisposeScope();
        using var provider = new ServiceCollection().AddWhole().BuildServiceProvider();
        var whole = provider.GetRequiredService<Whole>();
        whole.eval();

        Assert.Equal(["Base", "Added"], whole.Members.Select(member => member.Name));
        Assert.Equal([2, 60, 3], whole.call(Given.Images(60)).MemberLogits.shape);
        Assert.Equal("whole", whole.Word);
    }

    [Fact]
    public void A_plan_makes_the_same_decisions()
    {
        using var scope = NewDisposeScope();
        using var wide = Heirs.Wide();
        var images = Given.Images(60);
        using var plan = wide.Compile(new CompileOptions(1, 4, 4));

        Assert.True(plan.Decide(images).Labels.Equals(wide.call(images).Labels));
    }
}
