using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>The whole ensemble as one TorchScript function, which plans on CUDA are, on the CPU.</summary>
public class EnsembleScriptTests
{
    const string MeanLogitOfOneGate = """
        def decide(logits: Tensor, weights: Tensor, gate_scores: Tensor, thresholds: Tensor):
            scores = torch.mean(logits, [0])
            labels = torch.masked_fill(torch.argmax(scores, -1), torch.any(torch.ne(scores, scores), -1), -1)
            accepted = torch.le(torch.select(gate_scores, 0, 0), torch.select(thresholds, 0, 0))
            labels = torch.masked_fill(labels, torch.bitwise_not(accepted), -1)
            return scores, labels
        """;

    public static TheoryData<string, Func<Classifier>> Members => new()
    {
        { "convolutions, maxima and linear layers", () => new Layered(Given.SmallNetwork()) },
        {
            "normalisation, groups and pooling",
            () => new Layered(Given.Settled(Sequential(
                BatchNorm2d(2), Conv2d(2, 6, 3, padding: 1), ReLU(), AvgPool2d(2, ceil_mode: true),
                Conv2d(6, 6, 3, groups: 3, dilation: 2, padding: 2), BatchNorm2d(6),
                MaxPool2d(2, stride: 1, padding: 1), AdaptiveAvgPool2d([3, 2]), Flatten(), Linear(36, 12),
                BatchNorm1d(12), ReLU(), Linear(12, Given.Classes, hasBias: false))))
        },
        { "residual blocks", () => new Layered(Given.Residual()) },
        { "linear layers", () => new Layered(Sequential(nn.Flatten(), Linear(288, 9), ReLU(), Linear(9, 4))) },
        { "a forward of one's own with sums", () => new Graphed(new OwnResNet()) },
        { "a forward of one's own with attention", () => new Graphed(new Attending()) },
        { "a forward of one's own that joins channels", () => new Graphed(new Joining()) },
        { "activations", () => new Graphed(new Activated()) },
    };

    [Theory]
    [MemberData(nameof(Members))]
    public void It_decides_as_the_ensemble_for_any_number_of_images(string what, Func<Classifier> member)
    {
        using var ensemble = Made(member);
        foreach (var (channelsLast, stackUpTo) in new[] { (true, 8), (false, 0) })
        {
            using var plan = ensemble.Compile(Options(channelsLast, stackUpTo));

            Assert.True(plan.Choices.OneScript, $"{what}: {plan}");
            Assert.Contains("one TorchScript function of members, vote and gates", plan.ToString());
            foreach (var count in new[] { 1, 5, 16, 40 })
            {
                using var images = Given.Images(count);
                PlanAssert.DecidesAlike(ensemble, plan, images);
            }
        }
    }

    [Fact]
    public void Nothing_is_left_behind_and_the_choice_can_be_kept()
    {
        using var ensemble = Made(() => new Layered(Given.SmallNetwork()));
        using var images = Given.Images(40);
        // The function itself, with what it keeps, stays.
        ensemble.Compile(Options(channelsLast: true, stackUpTo: 8)).Dispose();
        var before = LiveTensors.Count();
        using (var plan = ensemble.Compile(Options(channelsLast: true, stackUpTo: 8)))
        {
            var during = LiveTensors.Count();
            plan.Decide(images).Dispose();
            Assert.Equal(during, Tensor.TotalCount);
            using var without = ensemble.Compile(
                Options(true, 8) with { Choices = plan.Choices with { OneScript = false } });
            Assert.False(without.Choices.OneScript);
        }

        // TorchSharp 0.107 goes on counting parameters after they are disposed, and each compilation copies all once.
        Assert.Equal(before + (2 * ensemble.parameters().Count()), Tensor.TotalCount);
    }

    [Fact]
    public void In_bfloat16_it_gives_what_the_networks_give_one_by_one()
    {
        using var ensemble = Made(() => new Layered(Given.SmallNetwork()));
        using var images = Given.Images(20);
        var options = Options(channelsLast: true, stackUpTo: 8) with { Precision = Precision.BFloat16 };
        using var whole = ensemble.Compile(options);
        using var oneByOne = ensemble.Compile(
            options with { Choices = options.Choices! with { OneScript = false } });
        using var actual = whole.Decide(images);
        using var expected = oneByOne.Decide(images);

        Assert.True(whole.Choices.OneScript);
        PlanAssert.Close(expected.MemberLogits, actual.MemberLogits, 0.05);
    }

    [Fact]
    public void A_component_that_cannot_be_said_in_it_leaves_members_one_by_one()
    {
        using var ensemble = Made(() => new Layered(Given.SmallNetwork()), new Contrast());
        using var plan = ensemble.Compile(Options(channelsLast: true, stackUpTo: 0));
        using var images = Given.Images(20);

        Assert.False(plan.Choices.OneScript);
        Assert.Contains("and not in one TorchScript function", plan.ToString());
        PlanAssert.DecidesAlike(ensemble, plan, images);
    }

    [Fact]
    public void Where_the_two_take_turns_the_slower_one_is_not_taken()
    {
        using var ensemble = Made(() => new Layered(Given.SmallNetwork()));
        using var plan = ensemble.Compile(new CompileOptions(2, 12, 12) { ScriptOnCpu = true });
        using var images = Given.Images(20);

        Assert.Matches(
            plan.Choices.OneScript
                ? "one TorchScript function of members, vote and gates, times faster than one by one: "
                : "not in one TorchScript function: it is slower, ",
            plan.ToString());
        PlanAssert.DecidesAlike(ensemble, plan, images);
    }

    static CompileOptions Options(bool channelsLast, int stackUpTo) => new(2, 12, 12)
    {
        ScriptOnCpu = true,
        Choices = new PlanChoices(channelsLast, Part: 16, stackUpTo, OneScript: true),
    };

    static Handmade<MeanLogit> Made(Func<Classifier> member, Detector? gate = null)
    {
        manual_seed(1);
        var made = new Handmade<MeanLogit>([member(), member(), member()], [gate ?? new Bright()])
        {
            Script = MeanLogitOfOneGate,
        };
        made.eval();
        using var images = Given.Images(50, seed: 9);
        made.CalibrateGates(images);
        return made;
    }
}
