using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Generators.Tests.Behavior;

public class WiringTests
{
    [Fact]
    public void Every_component_is_a_sub_module_under_its_property_name()
    {
        using var five = Given.Five();

        Assert.Equal(
            ["Bright", "First", "Second", "Contrast", "Noisy"], five.named_children().Select(child => child.name));
        Assert.Same(five.First, five.named_children().ElementAt(1).module);
    }

    [Fact]
    public void Parameters_thresholds_and_weights_are_in_the_state()
    {
        using var five = Given.Five();

        Assert.Equal(
            [
                "First.linear.bias", "First.linear.weight", "Noisy.linear.bias", "Noisy.linear.weight",
                "Second.linear.bias", "Second.linear.weight", "brightThreshold", "contrastThreshold", "weights",
            ],
            five.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_module_of_the_users_own_is_registered_too()
    {
        using var trio = Given.Trio();

        Assert.Contains("own.weight", trio.state_dict().Keys);
    }

    [Fact]
    public void An_ensemble_inside_another_module_is_registered_once()
    {
        using var five = Given.Five();
        using var holder = new Holder(five);

        Assert.Equal(five.state_dict().Keys.Select(key => $"inner.{key}").Order(), holder.state_dict().Keys.Order());
    }

    [Fact]
    public void Training_and_evaluation_reach_every_component()
    {
        using var five = Given.Five();

        five.train();
        Assert.All(five.modules(), module => Assert.True(module.training));
        five.eval();
        Assert.All(five.modules(), module => Assert.False(module.training));
    }

    [Fact]
    public void A_load_brings_back_members_and_thresholds()
    {
        using var scope = NewDisposeScope();
        var images = Given.Images(40);
        using var saved = Given.Guarded(seed: 1);
        using var loaded = Given.Guarded(seed: 9);
        saved.CalibrateGates(images);
        var file = new MemoryStream();
        saved.save(file);
        loaded.load(new MemoryStream(file.ToArray()));

        var (expected, actual) = (saved.call(images), loaded.call(images));

        Assert.True(expected.Scores.Equals(actual.Scores));
        Assert.True(expected.Labels.Equals(actual.Labels));
        Assert.Contains(Decision.Reject, actual.Labels.data<long>().ToArray());
    }

    [Fact]
    public void The_code_follows_the_buffers_when_a_move_replaces_them()
    {
        using var scope = NewDisposeScope();
        var images = Given.Images(10);
        using var five = Given.Five();
        five.CalibrateGates(images);
        var before = five.Surface.Evaluate(images, draws: 1).GateThresholds;

        five.to(ScalarType.Float64);
        var after = five.Surface.Evaluate(images.to(ScalarType.Float64), draws: 1);

        Assert.Equal(ScalarType.Float64, after.GateThresholds.dtype);
        Assert.True(before.to(ScalarType.Float64).Equals(after.GateThresholds));
        five.LeaveOneOut()[0].Ensemble.Surface.Evaluate(images.to(ScalarType.Float64), draws: 1);
    }

    [Fact]
    public void Weights_are_those_declared_divided_by_their_sum()
    {
        using var five = Given.Five();

        Assert.Equal([3 / 6f, 1 / 6f, 2 / 6f], five.get_buffer("weights")!.data<float>().ToArray());
    }

    [Fact]
    public void Buffers_outlive_the_scope_an_ensemble_is_made_in()
    {
        Guarded guarded;
        using (NewDisposeScope())
            guarded = Given.Guarded();
        using var images = Given.Images(20);

        guarded.CalibrateGates(images);
        using var decision = guarded.call(images);

        Assert.Equal(20, decision.Labels.size(0));
    }

    [Fact]
    public void A_missing_component_is_named()
    {
        var exception = Assert.Throws<ArgumentNullException>(() => new Guarded(new BrightnessDetector(), null!));

        Assert.Equal("only", exception.ParamName);
    }

    [Fact]
    public void The_declaration_says_what_is_declared()
    {
        using var five = Given.Five();
        var declaration = five.Declaration;

        Assert.Equal(("Five", "WeightedMean", 1), (declaration.Name, declaration.Rule, declaration.Quorum));
        Assert.Equal(
            [
                ("First", "LinearClassifier", "FeatureSeparation", 3.0),
                ("Second", "LinearClassifier", "FeatureSeparation", 1.0),
                ("Noisy", "NoisyClassifier", "GradientMasking, NonRobustFeatures", 2.0),
            ],
            declaration.Members.Select(member =>
                (member.Name, member.Defense, Words(member.Categories), member.Weight)));
        Assert.Equal(
            [("Bright", "BrightnessDetector", "Detection", 0.1), ("Contrast", "ContrastDetector", "", 0.25)],
            declaration.Gates.Select(gate =>
                (gate.Name, gate.Defense, Words(gate.Categories), gate.FalsePositiveRate)));
        Assert.Equal(["steadiness"], declaration.Members[0].Strengths);
        Assert.Empty(declaration.Gates[0].Strengths);

        static string Words(IReadOnlyList<Category> categories) => string.Join(", ", categories);
    }

    [Fact]
    public void A_defense_says_the_categories_that_its_declaration_has()
    {
        using var five = Given.Five();

        foreach (var (member, declared) in five.Members.Zip(five.Declaration.Members))
            Assert.Equal(
                declared.Categories, member.Module.GetType().GetCustomAttribute<DefenseAttribute>()!.Categories);
    }

    sealed class Holder : Module<Tensor, Decision>
    {
        readonly Five inner;

        public Holder(Five five) : base(nameof(Holder))
        {
            inner = five;
            RegisterComponents();
        }

        public override Decision forward(Tensor images) => inner.call(images);
    }
}
