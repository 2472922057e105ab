using static TorchSharp.torch;

namespace Ensembles.Tests.Voting;

/// <summary>The laws of ensembles that are members of others, for every rule outside and inside.</summary>
public class NestingTests
{
    const int Images = 40, Classes = 4;

    static readonly Dictionary<string, VotingRule> rules = new()
    {
        ["MeanProbability"] = VotingRule.From<MeanProbability>(),
        ["WeightedMean"] = VotingRule.From<WeightedMean>(),
        ["MeanLogit"] = VotingRule.From<MeanLogit>(),
        ["MedianLogit"] = VotingRule.From<MedianLogit>(),
        ["MaxMin"] = VotingRule.From<MaxMin>(),
        ["Product"] = VotingRule.From<Product>(),
        ["MajorityVote"] = VotingRule.From<MajorityVote>(),
        ["Quorum"] = VotingRule.From<Quorum>(),
    };

    public static TheoryData<string> Names => [.. rules.Keys];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var outer in rules.Keys)
            {
                foreach (var inner in rules.Keys)
                    pairs.Add(outer, inner);
            }

            return pairs;
        }
    }

    static Tensor Logits(int members) => 3 * randn([members, Images, Classes], generator: new Generator(7));

    static Tensor Weights(params float[] weights) => tensor(weights) / weights.Sum();

    static DecisionRule Flat(string rule, Tensor weights, int quorum = 1) =>
        new(rules[rule], weights, quorum, zeros(0));

    /// <summary>A classifier, an ensemble of two behind a gate of the threshold 0, and another classifier.</summary>
    static DecisionRule Nested(string outer, string inner, int quorum = 2) =>
        new(rules[outer], Weights(1, 2, 3), quorum, zeros(0))
        {
            Inner = [null, new(rules[inner], Weights(2, 1), 1, zeros(1)), null],
        };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Where_it_rejects_the_vote_is_that_of_the_others(string outer, string inner)
    {
        using var scope = NewDisposeScope();
        var logits = Logits(4);
        var fires = ones(1, Images);

        var (scores, labels) = Nested(outer, inner).Decide(logits, fires);
        var (without, decided) = Flat(outer, Weights(1, 3), quorum: 2)
            .Decide(logits.index_select(0, tensor([0L, 3])), zeros(0, Images));

        Assert.True(labels.Equals(decided));
        Assert.True(scores.allclose(without, 1e-6, 1e-6));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_ensemble_of_one_votes_as_its_member_does(string outer)
    {
        using var scope = NewDisposeScope();
        var logits = Logits(3);
        var nested = Flat(outer, Weights(1, 2, 3)) with { Inner = [null, Flat("MeanLogit", ones(1)), null] };

        var (scores, labels) = nested.Decide(logits, zeros(0, Images));
        var (flat, decided) = Flat(outer, Weights(1, 2, 3)).Decide(logits, zeros(0, Images));

        Assert.True(scores.Equals(flat));
        Assert.True(labels.Equals(decided));
        Assert.True(nested.SurrogateScores(logits, zeros(0, Images))
            .Equals(Flat(outer, Weights(1, 2, 3)).SurrogateScores(logits, zeros(0, Images))));
    }

    [Theory]
    [InlineData("MeanProbability")]
    [InlineData("MajorityVote")]
    [InlineData("Product")]
    public void An_ensemble_alone_in_another_decides_as_it_does_alone(string inner)
    {
        using var scope = NewDisposeScope();
        var (logits, scores) = (Logits(3), randn([1, Images], generator: new Generator(5)));
        var alone = Flat(inner, Weights(1, 1, 1)) with { Thresholds = zeros(1) };
        var nested = Flat("MeanProbability", ones(1)) with { Inner = [alone] };

        var labels = alone.Decide(logits, scores).Labels;

        Assert.True(nested.Decide(logits, scores).Labels.Equals(labels));
        Assert.InRange(labels.eq(Decision.Reject).sum().item<long>(), 5, Images - 5);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Each_image_is_decided_by_itself(string outer, string inner)
    {
        using var scope = NewDisposeScope();
        var (logits, scores) = (Logits(4), randn([1, Images], generator: new Generator(5)));
        var rule = Nested(outer, inner);

        var labels = rule.Decide(logits, scores).Labels;
        var followed = rule.SurrogateScores(logits, scores);

        for (var i = 0; i < Images; i++)
        {
            Assert.Equal(
                rule.Decide(logits.narrow(1, i, 1), scores.narrow(1, i, 1)).Labels.item<long>(),
                labels[i].item<long>());
            Assert.True(followed[i].allclose(
                rule.SurrogateScores(logits.narrow(1, i, 1), scores.narrow(1, i, 1))[0], 1e-5, 1e-5));
        }
    }

    [Fact]
    public void Where_all_abstain_the_image_is_rejected_and_there_is_something_to_follow()
    {
        using var scope = NewDisposeScope();
        var logits = Logits(4);
        var inner = Flat("MeanLogit", Weights(1, 1)) with { Thresholds = zeros(1) };
        var rule = Flat("MeanLogit", Weights(1, 1)) with { Inner = [inner, inner] };

        var (scores, labels) = rule.Decide(logits, ones(2, Images));

        Assert.True(labels.eq(Decision.Reject).all().item<bool>());
        Assert.True(scores.allclose(logits.mean([0]), 1e-6, 1e-6));
        Assert.True(rule.SurrogateScores(logits, ones(2, Images)).allclose(scores, 1e-6, 1e-6));
    }

    [Fact]
    public void An_abstention_is_no_agreement()
    {
        using var scope = NewDisposeScope();
        // All for class 1, and three must agree.
        var logits = tensor(new float[] { 0, 5 }).expand(4, 1, 2).contiguous();
        var rule = Nested("Quorum", "MeanLogit", quorum: 3);

        Assert.Equal(1, rule.Decide(logits, -ones(1, 1)).Labels.item<long>());
        Assert.Equal(Decision.Reject, rule.Decide(logits, ones(1, 1)).Labels.item<long>());
    }

    [Fact]
    public void A_tie_inside_is_an_abstention()
    {
        using var scope = NewDisposeScope();
        // One for class 0; inside one for each; one for class 0.
        var logits = tensor(new float[] { 5, 0, 0, 5, 5, 0, 5, 0 }).view(4, 1, 2);
        var rule = Flat("Quorum", Weights(1, 1, 1), quorum: 2) with
        {
            Inner = [null, Flat("MajorityVote", Weights(1, 1)), null],
        };

        Assert.Equal(0, rule.Decide(logits, zeros(0, 1)).Labels.item<long>());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void What_is_no_number_inside_rejects_the_image(string outer, string inner)
    {
        using var scope = NewDisposeScope();
        var logits = Logits(4);
        logits[2, 3, 1] = float.NaN;

        var labels = Nested(outer, inner, quorum: 1).Decide(logits, -ones(1, Images)).Labels;

        Assert.Equal(Decision.Reject, labels[3].item<long>());
    }

    [Fact]
    public void A_vote_by_heads_is_worth_its_shares()
    {
        using var scope = NewDisposeScope();
        // Inside two of three for class 0; beside it one that is sure of class 2.
        var inside = tensor(new float[] { 9, 0, 0, 9, 0, 0, 0, 9, 0 }).view(3, 1, 3);
        var logits = cat([inside, tensor(new float[] { 0, 0, 99 }).view(1, 1, 3)]);
        var rule = Flat("MeanProbability", Weights(1, 1)) with
        {
            Inner = [Flat("MajorityVote", Weights(1, 1, 1)), null],
        };

        var scores = rule.Decide(logits, zeros(0, 1)).Scores.exp().data<float>().ToArray();

        Assert.Equal(1 / 3.0, scores[0], 5);
        Assert.Equal(1 / 6.0, scores[1], 5);
        Assert.Equal(1 / 2.0, scores[2], 5);
    }

    [Theory]
    [InlineData("MeanLogit", "MeanLogit")]
    [InlineData("MeanLogit", "Product")]
    [InlineData("MaxMin", "MedianLogit")]
    [InlineData("Product", "MaxMin")]
    public void What_is_followed_is_exact_where_the_rules_are_differentiable(string outer, string inner)
    {
        using var scope = NewDisposeScope();
        var (logits, scores) = (Logits(4), randn([1, Images], generator: new Generator(5)));
        var rule = Nested(outer, inner);

        Assert.True(rule.SurrogateScores(logits, scores).Equals(rule.Decide(logits, scores).Scores));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_classifier_that_votes_has_a_gradient_and_no_other(string outer, string inner)
    {
        using var scope = NewDisposeScope();
        var logits = Logits(4).requires_grad_();
        var scores = cat([ones(1, Images / 2), -ones(1, Images / 2)], 1);

        var followed = Nested(outer, inner).SurrogateScores(logits, scores);
        (followed * randn([Images, Classes], generator: new Generator(1))).sum().backward();

        var inside = logits.grad!.narrow(0, 1, 2).abs().sum([0, 2]);
        Assert.True(inside.narrow(0, 0, Images / 2).eq(0).all().item<bool>());
        Assert.True(inside.narrow(0, Images / 2, Images / 2).sum().item<float>() > 0);
        Assert.True(logits.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void The_votes_that_inner_gates_guard_are_told_before_any_gate_is_heard()
    {
        using var scope = NewDisposeScope();
        var logits = Logits(4);
        var deepest = Flat("MeanLogit", Weights(1, 1)) with { Thresholds = zeros(1) };
        var middle = Flat("MeanLogit", Weights(1, 1)) with { Thresholds = zeros(2), Inner = [deepest, null] };
        var rule = Flat("MeanLogit", Weights(1, 1)) with { Thresholds = zeros(1), Inner = [null, middle] };

        var votes = rule.GuardedVotes(logits, cat([-ones(1, Images), ones(2, Images), -ones(1, Images)]));

        var inDeepest = logits.narrow(0, 1, 2).mean([0]);
        Assert.Equal((4, 4), (rule.Classifiers, rule.Gates));
        Assert.Equal([3, Images], votes.shape);
        Assert.True(votes[0].Equals(votes[1]));
        Assert.True(votes[0].Equals(((inDeepest + logits[3]) / 2).argmax(-1)));
        Assert.True(votes[2].Equals(inDeepest.argmax(-1)));
    }
}
