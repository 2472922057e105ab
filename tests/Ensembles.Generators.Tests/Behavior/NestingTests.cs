using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>Ensembles that are members of others, as they are generated.</summary>
public class NestingTests
{
    static Tensor Without(Tensor logits, params int[] places) =>
        logits.index_select(0, tensor(Enumerable.Range(0, (int)logits.size(0)).Except(places)
            .Select(place => (long)place).ToArray()));

    [Fact]
    public void It_abstains_where_its_gate_fires_and_the_others_decide()
    {
        using var scope = NewDisposeScope();
        using var nest = Nests.Nest();
        var images = Given.Images(60);

        var decision = nest.call(images);
        var inner = nest.Inner.call(images);
        var abstains = inner.Labels.eq(Decision.Reject);
        var (alone, last) = (nest.Alone.call(images).log_softmax(-1), nest.Last.call(images).log_softmax(-1));
        var all = stack([alone.exp() / 6, inner.Scores.softmax(-1) / 2, last.exp() / 3]).sum([0]).log();
        var others = stack([alone.exp() / 3, 2 * last.exp() / 3]).sum([0]).log();
        var scores = where(abstains.unsqueeze(1), others, all);

        Assert.InRange(abstains.sum().item<long>(), 5, 55);
        Assert.True(decision.Scores.allclose(scores, 1e-5, 1e-6));
        var rejected = nest.Bright.call(images).gt(nest.Components.Rule.Thresholds[0]);
        Assert.True(decision.Labels.Equals(scores.argmax(-1).masked_fill(rejected, Decision.Reject)));
        Assert.True(decision.MemberLogits.Equals(cat(
            [nest.Alone.call(images).unsqueeze(0), inner.MemberLogits, nest.Last.call(images).unsqueeze(0)])));
        Assert.True(decision.GateScores.Equals(cat(
            [nest.Bright.call(images).unsqueeze(0), inner.GateScores])));
    }

    [Fact]
    public void Its_components_are_those_of_the_whole_by_their_paths()
    {
        using var deep = Nests.Deep();

        Assert.Equal(
            ["First.First", "First.Second", "Second.Alone", "Second.Inner.Left", "Second.Inner.Right", "Second.Last",
                "Third.First", "Third.Second"],
            deep.Members.Select(member => member.Name));
        Assert.Equal(
            ["First.Bright", "First.Behind", "Second.Bright", "Second.Inner.Bright", "Third.Bright", "Third.Behind"],
            deep.Gates.Select(gate => gate.Name));
        Assert.Equal(["Coarse"], deep.Fronts.Select(front => front.Name));
        Assert.Same(deep.Second.Inner.Right, deep.Members[4].Module);
        Assert.Equal(deep.Members.Select(member => member.Name), deep.Declaration.AllMembers.Select(m => m.Name));
        Assert.Equal(deep.Gates.Select(gate => gate.Name), deep.Declaration.AllGates.Select(gate => gate.Name));
        Assert.Equal([0.1, 0.1, 0.1, 0.3, 0.1, 0.1], deep.Declaration.AllGates.Select(g => g.FalsePositiveRate));
        Assert.Equal(
            ["Coarse", "First.Coarse", "Third.Coarse"], deep.Declaration.AllFronts.Select(front => front.Name));
        Assert.Equal(
            deep.Surface.Modules.ToHashSet(),
            deep.modules().Where(module => module is not Ensemble).ToHashSet());
        Assert.Equal(6, deep.Surface.InnerGates);
    }

    [Fact]
    public void Its_gates_are_calibrated_on_what_they_see()
    {
        using var scope = NewDisposeScope();
        using var deep = Nests.Deep();
        var seen = deep.Coarse.call(Given.Images(100, seed: 5));
        var behind = deep.First.Coarse.call(seen);

        var thresholds = deep.Components.Rule.AllThresholds.data<float>().ToArray();

        Assert.Equal(GateThreshold.Calibrate(deep.First.Bright.call(seen), 0.1), thresholds[0]);
        Assert.Equal(GateThreshold.Calibrate(deep.First.Behind.call(behind), 0.1), thresholds[1]);
        Assert.Equal(GateThreshold.Calibrate(deep.Second.Inner.Bright.call(seen), 0.3), thresholds[3]);
    }

    [Fact]
    public void Without_calibration_it_says_which_gate()
    {
        using var pair = Nests.Pair();
        using var nest = new Nest(new LinearClassifier(), new BrightnessDetector(), pair, new LinearClassifier());
        using var images = Given.Images(3);

        Assert.Contains("Bright", Assert.Throws<InvalidOperationException>(() => nest.call(images)).Message);
        Assert.Contains("Bright", Assert.Throws<InvalidOperationException>(
            () => nest.Surface.Evaluate(images, 1)).Message);
    }

    [Fact]
    public void The_surface_decides_as_forward_does_at_every_depth()
    {
        using var scope = NewDisposeScope();
        using var deep = Nests.Deep();
        using var nest = Nests.Nest();
        using var shaken = Nests.Shaken();
        var images = Given.Images(60).requires_grad_();
        var rejects = 0L;
        foreach (var whole in (Ensemble[])[deep, nest, shaken])
        {
            foreach (var ensemble in whole.LeaveOneOut().Select(left => left.Ensemble).Prepend(whole))
            {
                manual_seed(3);
                var decided = ensemble.call(images);
                manual_seed(3);
                var attacked = ensemble.Surface.Evaluate(images, 1);

                Assert.True(attacked.Labels.Equals(decided.Labels), ensemble.Declaration.Name);
                Assert.True(attacked.MemberLogits.Equals(decided.MemberLogits));
                Assert.True(attacked.GateScores.Equals(decided.GateScores));
                rejects += decided.Labels.eq(Decision.Reject).sum().item<long>();
            }
        }

        Assert.True(rejects > 0);
        Assert.Equal(7, shaken.Surface.EotSamples);
        Assert.Equal([4, 3 * 60, 3], shaken.Surface.Evaluate(images, 3).MemberLogits.shape);
    }

    [Fact]
    public void An_evaluation_leaves_nothing_behind_but_its_output()
    {
        using var images = Given.Images(8).requires_grad_();
        using var deep = Nests.Deep();
        var surface = deep.Surface;
        surface.Evaluate(images, 2).Dispose();
        deep.call(images).Dispose();

        var before = LiveTensors.Count();
        for (var i = 0; i < 5; i++)
        {
            surface.Evaluate(images, 2).Dispose();
            deep.call(images).Dispose();
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_member_inside_stands_alone_behind_all_its_fronts()
    {
        using var scope = NewDisposeScope();
        using var deep = Nests.Deep();
        var images = Given.Images(20);

        var (inFirst, inSecond) = (deep.Surface.Alone(1), deep.Surface.Alone(3));

        Assert.Equal(["First.Second"], inFirst.Members);
        var components = deep.Components;
        Assert.Equal(
            ["Coarse", "First.Coarse"],
            components.Before(components.All.Single(part => part.Name == "First.Second")).Select(front => front.Name));
        Assert.True(inFirst.Evaluate(images, 1).MemberLogits[0].Equals(
            deep.First.Second.call(deep.First.Coarse.call(deep.Coarse.call(images)))));
        Assert.True(inSecond.Evaluate(images, 1).MemberLogits[0].Equals(
            deep.Second.Inner.Left.call(deep.Coarse.call(images))));
    }

    [Fact]
    public void Every_component_is_left_out_by_its_path()
    {
        using var deep = Nests.Deep();

        Assert.Equal(
            [
                "Coarse", "First", "Second", "Third",
                "First.First", "First.Coarse", "First.Bright", "First.Behind", "First.Second",
                "Second.Alone", "Second.Bright", "Second.Inner",
                "Second.Inner.Bright", "Second.Inner.Left", "Second.Inner.Right", "Second.Last",
                "Third.First", "Third.Coarse", "Third.Bright", "Third.Behind", "Third.Second",
            ],
            deep.LeaveOneOut().Select(left => left.Name));
        Assert.IsType<Deep.WithoutSecondInnerLeft>(
            deep.LeaveOneOut().Single(left => left.Name == "Second.Inner.Left").Ensemble);
    }

    [Fact]
    public void Without_one_it_decides_as_an_ensemble_without_it_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using var nest = Nests.Nest();
        var images = Given.Images(60);
        var components = nest.Components;
        var inner = nest.Inner.Components;
        Component Part(Components of, string name) => of.All.Single(component => component.Name == name);
        // Written by hand: the one member that is left inside, behind the gate, beside the others.
        var pair = new Components(
            [Part(inner, "Bright"), Part(inner, "Right")], VotingRule.From<MeanProbability>(), ones(1), 1);
        var written = new Components(
            [Part(components, "Alone"), Part(components, "Bright"), new("Inner", pair), Part(components, "Last")],
            VotingRule.From<WeightedMean>(), components.Rule.Weights, 1);
        var expected = AttackSurface.FromComponents(() => written).Evaluate(images, 1);
        var without = nest.LeaveOneOut().Single(left => left.Name == "Inner.Left").Ensemble;

        var actual = without.Surface.Evaluate(images, 1);

        Assert.True(actual.Labels.Equals(expected.Labels));
        Assert.True(actual.Scores.Equals(expected.Scores));
        Assert.True(without.call(images).MemberLogits.Equals(Without(nest.call(images).MemberLogits, 1)));
        Assert.Equal(["Alone", "Inner.Right", "Last"], without.Declaration.AllMembers.Select(member => member.Name));
        Assert.Equal("Nest.WithoutInnerLeft", without.Declaration.Name);
    }

    [Fact]
    public void Several_are_left_out_one_after_the_other_and_it_goes_with_its_last_member()
    {
        using var scope = NewDisposeScope();
        using var nest = Nests.Nest();
        var images = Given.Images(60);
        var whole = nest.Components;
        Components Left(params string[] names) => names.Aggregate(whole, (left, name) => left.Without(name));

        var two = Left("Alone", "Inner.Right");
        var none = Left("Inner.Left", "Inner.Right");

        Assert.True(two.Rule.Weights.allclose(tensor(new[] { 3 / 5f, 2 / 5f })));
        Assert.Equal(["Inner.Left", "Last"], two.Members.Select(member => member.Name));
        Assert.Equal(["Alone", "Last"], none.Members.Select(member => member.Name));
        Assert.Equal(["Bright"], none.Gates.Select(gate => gate.Name));
        Assert.True(AttackSurface.FromComponents(() => none).Evaluate(images, 1).Labels.Equals(
            nest.LeaveOneOut().Single(left => left.Name == "Inner").Ensemble.call(images).Labels));
    }

    [Fact]
    public void Without_its_gate_it_never_abstains()
    {
        using var scope = NewDisposeScope();
        using var nest = Nests.Nest();
        var images = Given.Images(60);
        var without = nest.LeaveOneOut().Single(left => left.Name == "Inner.Bright").Ensemble;

        var scores = without.call(images).Scores;

        var pair = (nest.Inner.Left.call(images).softmax(-1) + nest.Inner.Right.call(images).softmax(-1)) / 2;
        var (alone, last) = (nest.Alone.call(images).softmax(-1), nest.Last.call(images).softmax(-1));
        var expected = (alone / 6) + (pair / 2) + (last / 3);
        Assert.True(scores.allclose(expected.log(), 1e-5, 1e-6));
        Assert.Equal(0, without.Surface.InnerGates);
    }

    [Fact]
    public void A_mean_of_means_is_the_mean_over_all()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        LinearClassifier[] members = [new(), new(), new()];
        using var flat = new Leveled(members[0], members[1], members[2]);
        using var alone = new LeveledPair(members[0], members[1]);
        var nested = new Components(
            [new("Pair", alone.Components), new("Third", members[2])], VotingRule.From<WeightedMean>(), ones(1), 1);
        var images = Given.Images(30);

        var rule = new DecisionRule(VotingRule.From<MeanLogit>(), ones(2) / 2, 1, zeros(0))
        {
            Inner = [alone.Components.Rule, null],
        };

        var scores = rule.Decide(flat.call(images).MemberLogits, zeros(0, 30)).Scores;
        Assert.True(scores.allclose(
            (alone.call(images).Scores + members[2].call(images)) / 2, 1e-5, 1e-6));
        Assert.Equal(["Pair.First", "Pair.Second", "Third"], nested.Members.Select(member => member.Name));
    }

    [Fact]
    public void It_resolves_with_a_module_for_each_component()
    {
        using var provider = new ServiceCollection().AddDeep().BuildServiceProvider();
        var deep = provider.GetRequiredService<Deep>();

        Assert.NotSame(deep.First, deep.Third);
        Assert.NotSame(deep.First.First, deep.Third.First);
        Assert.NotSame(deep.Second.Alone, deep.Second.Inner.Left);
    }

    [Fact]
    public void Its_declaration_is_that_of_its_components()
    {
        using var nest = Nests.Nest();

        var inner = nest.Declaration.Members[1];

        Assert.Equal(("Inner", "Pair", 3.0), (inner.Name, inner.Defense, inner.Weight));
        Assert.Equal([Category.FeatureSeparation, Category.Detection], inner.Categories);
        Assert.Equal(["steadiness"], inner.Strengths);
        Assert.Equal("MeanProbability", inner.Inner!.Rule);
        Assert.Null(nest.DecisionScript);
        Assert.Null(nest.LeaveOneOut().Single(left => left.Name == "Inner.Left").Ensemble.DecisionScript);
        Assert.NotNull(nest.LeaveOneOut().Single(left => left.Name == "Inner").Ensemble.DecisionScript);
    }
}
