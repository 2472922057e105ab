using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>
/// What a plan does on a GPU, as far as it can be told without one. The meta device stands in: its tensors have shapes
/// and no values, so that reading a value, which would make the host wait for a GPU, fails there, and so does mixing
/// devices.
/// </summary>
public class DeviceTests
{
    const string MeanLogitOfTwoGates = """
        def decide(logits: Tensor, weights: Tensor, gate_scores: Tensor, thresholds: Tensor):
            scores = torch.mean(logits, [0])
            labels = torch.argmax(scores, -1)
            accepted = torch.le(torch.select(gate_scores, 0, 0), torch.select(thresholds, 0, 0))
            labels = torch.masked_fill(labels, torch.bitwise_not(accepted), -1)
            accepted = torch.le(torch.select(gate_scores, 0, 1), torch.select(thresholds, 0, 1))
            labels = torch.masked_fill(labels, torch.bitwise_not(accepted), -1)
            return scores, labels
        """;

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void A_batch_is_decided_without_looking_at_a_value(int stackUpTo)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // The meta device has no convolution.
        static Layered Dense() =>
            new(Sequential(MaxPool2d(2), Flatten(), Linear(72, 7), ReLU(), Linear(7, Given.Classes)));
        using var ensemble = new Handmade<MeanLogit>([Dense(), Dense(), Dense()], [new Brightness(), new Brightness()]);
        using var plan = On(META, ensemble, new PlanChoices(ChannelsLast: true, Part: 8, stackUpTo));

        var decision = plan.Decisions.Decide(empty(20, 2, 12, 12, device: META));

        Assert.All(
            [decision.Scores, decision.Labels, decision.MemberLogits, decision.GateScores],
            tensor => Assert.Equal(DeviceType.META, tensor.device_type));
        Assert.Equal([20, Given.Classes], decision.Scores.shape);
        Assert.Equal([20], decision.Labels.shape);
    }

    [Fact]
    public void A_scripted_vote_decides_as_the_rule_and_leaves_nothing_behind()
    {
        using var ensemble = Given.Ensemble<MeanLogit>(gates: 2);
        using var plain = ensemble.Compile(Given.Options);
        using var images = Given.Images(40);
        using var expected = plain.Decide(images);
        using var plan = On(CPU, ensemble, Given.Options.Choices!);
        using var actual = plan.Decide(images);
        var before = LiveTensors.Count();
        plan.Decide(images).Dispose();

        Assert.Equal(before, Tensor.TotalCount);
        PlanAssert.Same(expected.Labels, actual.Labels);
        PlanAssert.Close(expected.Scores, actual.Scores);
        Assert.InRange(actual.Labels.eq(Decision.Reject).sum().item<long>(), 1, 39);
    }

    [Fact]
    public async Task Many_callers_share_one_script()
    {
        using var ensemble = Given.Ensemble<MeanLogit>(gates: 2);
        using var plan = On(CPU, ensemble, Given.Options.Choices!);
        using var images = Given.Images(40);
        using var expected = plan.Decide(images);

        var labels =
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 20).Select(_ =>
        {
            using var decision = plan.Decide(images);
            return decision.Labels.data<long>().ToArray();
        }).ToList())));

        Assert.All(labels.SelectMany(run => run), run => Assert.Equal(expected.Labels.data<long>().ToArray(), run));
    }

    [Fact]
    public void A_script_that_decides_otherwise_is_noticed()
    {
        using var scope = NewDisposeScope();
        var rule = new DecisionRule(VotingRule.From<MeanLogit>(), full(3, 1f / 3), 1, tensor([0.2f, 0.4f]));
        string? Complaint(string text) =>
            new ScriptedVote(DecisionScript.Compile(text), rule).Complaint(members: 3, Given.Classes);

        Assert.Null(
            Complaint(
                MeanLogitOfTwoGates.Replace(
                    "torch.argmax(scores, -1)",
                    "torch.masked_fill(torch.argmax(scores, -1), torch.any(torch.ne(scores, scores), -1), -1)")));
        // This one takes NaN for the highest score.
        Assert.Contains("otherwise", Complaint(MeanLogitOfTwoGates));
        Assert.Contains("otherwise", Complaint(MeanLogitOfTwoGates.Replace("thresholds, 0, 1", "thresholds, 0, 0")));
        Assert.Contains("fails", Complaint(MeanLogitOfTwoGates.Replace("thresholds, 0, 1", "thresholds, 0, 2")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(100)]
    public void Images_from_the_host_go_in_slices_and_their_decisions_come_back_in_order(int atOnce)
    {
        using var ensemble = Given.Ensemble<MeanLogit>(gates: 1);
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(20);
        using var expected = plan.Decide(images);
        var slices = new List<long>();
        Decision Decide(Tensor slice)
        {
            slices.Add(slice.size(0));
            return plan.Decide(slice);
        }

        using var scope = NewDisposeScope();
        var before = LiveTensors.Count();
        var actual = HostImages.Decide(images, CPU, atOnce, Decide);

        Assert.Equal(before + 4, Tensor.TotalCount);
        Assert.Equal(20, slices.Sum());
        Assert.All(slices, slice => Assert.InRange(slice, 1, atOnce));
        PlanAssert.Same(expected.Labels, actual.Labels);
        PlanAssert.Close(expected.Scores, actual.Scores);
        PlanAssert.Close(expected.MemberLogits, actual.MemberLogits);
        PlanAssert.Close(expected.GateScores, actual.GateScores);
    }

    [Fact]
    public void A_slice_is_some_megabytes_and_never_less_than_an_image()
    {
        Assert.Equal(10_699, HostImages.AtOnce([1, 28, 28]));
        Assert.Equal(1, HostImages.AtOnce([3, 9000, 9000]));
    }

    [Fact]
    public void The_check_of_images_on_a_GPU_is_begun_without_looking_and_read_later()
    {
        using var scope = NewDisposeScope();
        var unread = new DeferredPixelCheck(empty(3, 2, 12, 12, device: META));
        Assert.ThrowsAny<Exception>(unread.ThrowIfNotImages);

        new DeferredPixelCheck(Given.Images(3)).ThrowIfNotImages();
        foreach (var bad in new[] { float.NaN, 1.0001f, -1e-6f, float.PositiveInfinity })
        {
            var images = Given.Images(3);
            images[2, 1, 11, 11] = bad;
            Assert.Contains(
                "[0, 1]", Assert.Throws<ArgumentException>(new DeferredPixelCheck(images).ThrowIfNotImages).Message);
        }
    }

    [Fact]
    public void Members_that_cannot_be_copied_are_compared_with_their_layers_as_torch_lays_them_out()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var ensemble = Given.Ensemble<MeanLogit>(members: 2);
        CompiledComponent[] members =
        [
            .. ensemble.Members.Select(
                member => new CompiledComponent(member.Name, Lowering.Of(member.Module, CPU), null, null)),
        ];

        var measured = PlanMeasurement.Of(members, Given.Options, ScalarType.Float32, Given.Images(2), seen => seen);

        Assert.Contains("(M0, M1, not to be copied, in torch's default layout)", measured.Words);
        Assert.All(measured.Rows, row => Assert.InRange(row.Baseline, 1e-6, double.MaxValue));
    }

    [Fact]
    public void A_GPU_that_is_not_there_is_named()
    {
        using var ensemble = Given.Ensemble<MeanLogit>();

        Assert.StartsWith(
            "No CUDA device",
            Assert.Throws<ArgumentException>(
                () => ensemble.Compile(Given.Options with { Device = new Device(DeviceType.CUDA, 99) })).Message);
    }

    [Fact]
    public void A_plan_says_where_its_vote_runs()
    {
        using var ensemble = Given.Ensemble<MeanLogit>();
        using var without = ensemble.Compile(Given.Options);
        ensemble.Script = MeanLogitOfTwoGates;
        using var with = ensemble.Compile(Given.Options);

        Assert.Contains("vote and gates: C#, since the rule has no script", without.ToString());
        Assert.Contains("vote and gates: C#, since a script gains nothing on a CPU", with.ToString());
    }

    /// <summary>A plan with a scripted vote on any device: what the planner makes on CUDA.</summary>
    static EnsemblePlan On(Device device, Handmade<MeanLogit> ensemble, PlanChoices choices)
    {
        CompiledComponent[] members =
        [
            .. ensemble.Members.Select(
                member => new CompiledComponent(member.Name, Lowering.Of(member.Module, device), null, null)),
        ];
        using var scope = NewDisposeScope();
        Tensor Owned(Tensor values) => values.to(device).clone().DetachFromDisposeScope();
        var given = ensemble.Components.Rule;
        var rule = given with { Weights = Owned(given.Weights), Thresholds = Owned(given.Thresholds) };
        var networks = new MemberNetworks(members, choices.Layout, ScalarType.Float32, Given.Images(1).to(device));
        return new EnsemblePlan
        {
            Decisions = new NetworkDecisions
            {
                Members = networks,
                Fronts = [],
                Gates = [.. ensemble.Gates.Select(gate => (Lowering.Of(gate.Module, device), false))],
                Rule = rule,
                Script = new ScriptedVote(DecisionScript.Compile(MeanLogitOfTwoGates), rule),
                Options = Given.Options,
                Device = device,
                Choices = choices,
                Classes = Given.Classes,
                Turns = ([.. Enumerable.Range(0, members.Length)], members.Length),
            },
            Options = Given.Options,
            Device = device,
            Choices = choices,
            Description = "",
        };
    }

    sealed class Brightness() : Detector(nameof(Brightness))
    {
        public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
    }
}
