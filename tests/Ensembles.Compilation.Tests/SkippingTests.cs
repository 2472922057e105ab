using CsCheck;
using Ensembles.Tests.Voting;
using static TorchSharp.torch;

namespace Ensembles.Compiling.Tests;

public class SkippingTests
{
    static readonly Dictionary<string, Func<Ballot, int, Tensor?>> settling = new()
    {
        [nameof(MajorityVote)] = MajorityVote.Settled,
        [nameof(Quorum)] = Quorum.Settled,
        [nameof(MeanProbability)] = MeanProbability.Settled,
        [nameof(WeightedMean)] = WeightedMean.Settled,
    };

    public static TheoryData<string> SettlingRules => [.. settling.Keys];

    [Theory]
    [MemberData(nameof(SettlingRules))]
    public void What_is_settled_is_what_all_members_decide(string name)
    {
        var rule = Rule.Named(name);
        var seen = 0;
        Electorate.Any.Where(e => e.Members > 1).Sample(
            electorate =>
            {
                using var scope = NewDisposeScope();
                var ballot = electorate.Ballot();
                var labels = rule.Labels(ballot, rule.Scores(ballot)).data<long>().ToArray();
                for (var members = 1; members < electorate.Members; members++)
                {
                    var soFar = new Ballot(
                        ballot.MemberLogits.narrow(0, 0, members), ballot.Weights.narrow(0, 0, members), ballot.Quorum);
                    var settled = settling[name](soFar, electorate.Members - members)!.data<long>().ToArray();
                    foreach (var (early, late) in settled.Zip(labels))
                    {
                        if (early == IVotingRule.Open)
                            continue;
                        Interlocked.Increment(ref seen);
                        Assert.Equal(late, early);
                    }
                }
            },
            iter: 300, threads: 1);

        Assert.InRange(seen, 20, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(SettlingRules))]
    public void A_member_that_says_no_number_settles_nothing_but_a_missing_quorum(string name)
    {
        using var scope = NewDisposeScope();
        var logits = zeros(3, 1, 3);
        logits[.., 0, 0] = 20;
        logits[1, 0, 2] = float.NaN;
        var settled = settling[name](new Ballot(logits, full(3, 0.25f), 2), 1)!.item<long>();

        Assert.Equal(IVotingRule.Open, settled);
    }

    [Fact]
    public void Rules_that_need_every_member_settle_nothing()
    {
        static bool NeedsAll<TRule>() where TRule : IVotingRule => TRule.Settled(default, 1) is null;

        Assert.True(NeedsAll<MeanLogit>() && NeedsAll<MedianLogit>() && NeedsAll<MaxMin>() && NeedsAll<Product>());
    }

    [Fact]
    public void Skipping_changes_no_label() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[2, 5], Gen.Int[0, 2], Gen.Bool, Gen.Bool, Gen.Int[0, 3]).Sample(
            (seed, members, gates, rejected, settled, rule) => LabelsAlike(rule switch
            {
                0 => Given.Ensemble<MajorityVote>(members, seed, gates),
                1 => Given.Ensemble<Quorum>(members, seed, gates, quorum: 1 + seed % members),
                2 => Given.Ensemble<MeanProbability>(members, seed, gates),
                _ => Given.Ensemble<MeanLogit>(members, seed, gates),
            }, rejected, settled, seed),
            iter: 40, threads: 1);

    static void LabelsAlike(Ensemble ensemble, bool rejected, bool settled, int seed)
    {
        using var scope = NewDisposeScope();
        using (ensemble)
        {
            using var plan = ensemble.Compile(Given.Options with { SkipRejected = rejected, SkipSettled = settled });
            var images = Given.Images(25, seed + 1);
            var (expected, actual) = (ensemble.call(images), plan.Decide(images));
            PlanAssert.Same(expected.Labels, actual.Labels);
            PlanAssert.Close(expected.GateScores, actual.GateScores);
            // What was computed is what the members say.
            var computed = actual.MemberLogits.isnan().logical_not();
            PlanAssert.Close(expected.MemberLogits[computed], actual.MemberLogits[computed]);
        }
    }

    [Fact]
    public void Rejected_images_are_not_sent_to_the_members()
    {
        using var scope = NewDisposeScope();
        using var ensemble = Given.Ensemble<MeanLogit>(members: 2, gates: 1);
        using var plan = ensemble.Compile(Given.Options with { SkipRejected = true });
        var decision = plan.Decide(Given.Images(60));
        var rejected = decision.Labels.eq(Decision.Reject);

        Assert.InRange(rejected.sum().item<long>(), 1, 59);
        Assert.True(decision.MemberLogits.isnan().all(-1).Equals(rejected.unsqueeze(0).expand(2, -1)));
        Assert.True(decision.Scores.isnan().any(-1).Equals(rejected));
    }

    [Fact]
    public void The_last_members_are_spared_images_that_the_first_agree_on()
    {
        using var scope = NewDisposeScope();
        using var ensemble = Given.Ensemble<MajorityVote>(members: 3);
        using var plan = ensemble.Compile(Given.Options with { SkipSettled = true });
        var decision = plan.Decide(Given.Images(60));
        var votes = ensemble.call(Given.Images(60)).MemberLogits.argmax(-1);
        var agree = votes[0].eq(votes[1]);

        Assert.InRange(agree.sum().item<long>(), 1, 59);
        Assert.True(decision.MemberLogits[2].isnan().all(-1).Equals(agree));
        Assert.Contains("settled: M0, M1, M2", plan.ToString());
    }

    [Fact]
    public void Members_that_might_say_no_number_are_never_spared()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var ensemble = new Handmade<MajorityVote>(
            [new Layered(Given.SmallNetwork()), new Layered(Given.SmallNetwork()), new OwnForward(), new Noisy()]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options with { SkipSettled = true });
        var decision = plan.Decide(Given.Images(60));

        Assert.False(decision.MemberLogits[2].isnan().any().item<bool>());
        Assert.False(decision.MemberLogits[3].isnan().any().item<bool>());
        Assert.Contains("settled: M0, M1\n", plan.ToString());

        // Weights so large that a sum may overflow, and infinity minus infinity is no number.
        using (no_grad())
        {
            foreach (var weight in ensemble.Members[0].Module.parameters())
                weight.mul_(1e9);
        }

        using var huge = ensemble.Compile(Given.Options with { SkipSettled = true });
        Assert.Contains("settled: M1\n", huge.ToString());
    }
}
