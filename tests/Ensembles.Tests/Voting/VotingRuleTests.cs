using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Tests.Voting;

/// <summary>What single rules promise beyond the common laws.</summary>
public sealed class VotingRuleTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_majority_is_unique_and_never_a_class_nobody_voted_for() => Electorate.Any.Sample(electorate =>
    {
        using var scope = NewDisposeScope();
        var labels = Labels<MajorityVote>(electorate);
        for (var n = 0; n < electorate.Images; n++)
            Assert.Equal(UniqueWinner(electorate.OfImage(n), atLeast: 1), labels[n]);
    }, iter: 200, threads: 1);

    [Fact]
    public void A_quorum_is_a_unique_winner_with_enough_votes() => Electorate.Any.Sample(electorate =>
    {
        using var scope = NewDisposeScope();
        var labels = Labels<Quorum>(electorate);
        for (var n = 0; n < electorate.Images; n++)
            Assert.Equal(UniqueWinner(electorate.OfImage(n), electorate.Quorum), labels[n]);
    }, iter: 200, threads: 1);

    [Fact]
    public void A_quorum_of_all_accepts_only_agreement_and_a_quorum_of_one_is_the_majority()
    {
        var ballot = Votes([0, 0, 1], [0, 0, 0], [0, 1, 2]);
        Assert.Equal(
            [Decision.Reject, 0, Decision.Reject],
            Quorum.Labels(ballot with { Quorum = 3 }, Quorum.Scores(ballot)).data<long>().ToArray());
        Assert.Equal(
            [0, 0, Decision.Reject],
            Quorum.Labels(ballot with { Quorum = 1 }, Quorum.Scores(ballot)).data<long>().ToArray());
    }

    [Fact]
    public void Ties_between_votes_reject_however_sure_the_members_are()
    {
        var ballot = Votes([0, 1], [2, 2]);
        Assert.Equal(
            [Decision.Reject, 2], MajorityVote.Labels(ballot, MajorityVote.Scores(ballot)).data<long>().ToArray());
        // 2 : 2 : 1 has a tie at the top, 2 : 1 : 1 has not.
        var five = Votes([0, 0, 1, 1, 2], [1, 1, 0, 2, 1]);
        Assert.Equal([Decision.Reject, 1], MajorityVote.Labels(five, MajorityVote.Scores(five)).data<long>().ToArray());
    }

    [Fact]
    public void Soft_votes_are_probabilities() => Electorate.Any.Sample(electorate =>
    {
        using var scope = NewDisposeScope();
        var ballot = electorate.Ballot();
        Assert.True(MeanProbability.Scores(ballot).exp().sum([1]).allclose(ones(electorate.Images)));
        Assert.True(
            WeightedMean.Scores(ballot).exp().sum([1]).allclose(ones(electorate.Images)),
            "weights that sum to 1 give probabilities that sum to 1");
        var equal = ballot with { Weights = full(electorate.Members, 1f / electorate.Members) };
        Assert.True(WeightedMean.Scores(equal).allclose(MeanProbability.Scores(ballot), atol: 1e-5));
    }, iter: 50, threads: 1);

    [Fact]
    public void A_weight_near_one_lets_its_member_decide() => Electorate.Any.Sample(electorate =>
    {
        using var scope = NewDisposeScope();
        var heavy = Enumerable.Range(0, electorate.Members)
            .Select(m => m == 0 ? 1 - 1e-6f * (electorate.Members - 1) : 1e-6f)
            .ToArray();
        var ballot = electorate.Ballot() with { Weights = tensor(heavy) };
        var labels = WeightedMean.Labels(ballot, WeightedMean.Scores(ballot)).data<long>().ToArray();
        for (var n = 0; n < electorate.Images; n++)
        {
            var first = electorate.OfImage(n)[0];
            if (first.Count(z => z > first.Max() - 0.1) == 1)
                Assert.Equal(first.Max(), first[labels[n]]);
        }
    }, iter: 50, threads: 1);

    [Fact]
    public void Log_space_survives_logits_that_underflow_every_probability()
    {
        // p(1) = exp(-200) is 0 in float32; its logarithm is not.
        var ballot = new Ballot(tensor([200f, 0f, -50f, 150f, 0f, 0f]).view(2, 1, 3), tensor([0.5f, 0.5f]), 1);
        Tensor[] each =
        [
            MeanProbability.Scores(ballot), WeightedMean.Scores(ballot),
            Product.Scores(ballot), MaxMin.Scores(ballot),
        ];
        foreach (var scores in each)
            Assert.True(scores.isfinite().all().item<bool>());
        Assert.Equal(-150, MaxMin.Scores(ballot)[0][2].item<float>() + 100, 1e-3);
    }

    [Fact]
    public void A_median_ignores_how_far_off_a_minority_is()
    {
        var ballot = new Ballot(tensor([3f, 1f, 2f, 1f, -1e30f, 1e30f]).view(3, 1, 2), tensor([1f, 1f, 1f]) / 3, 1);
        Assert.Equal([2f, 1f], MedianLogit.Scores(ballot).data<float>().ToArray());
    }

    [Fact]
    public void Labels_are_int64_and_scores_float32_on_no_images_too()
    {
        foreach (var rule in Rule.All)
        {
            var ballot = new Ballot(zeros(3, 0, 4), full(3, 1f / 3), 2);
            var scores = rule.Scores(ballot);
            Assert.Equal([0, 4], scores.shape);
            Assert.Equal(ScalarType.Float32, scores.dtype);
            var labels = rule.Labels(ballot, scores);
            Assert.Equal([0], labels.shape);
            Assert.Equal(ScalarType.Int64, labels.dtype);
        }
    }

    [Fact]
    public void Votes_of_sure_members_are_smooth_counts()
    {
        // Two of three for class 0: (2 - 1, 1 - 2, -3) / 3, up to the softness of 1 / (1 + 50).
        var ballot = Votes([0, 0, 1]);
        var expected = tensor([1f, -1f, -3f]).view(1, 3) / 3 * (50f / 51);
        Assert.True(expected.allclose(ballot.SmoothVotes(ballot.EqualWeights())));
    }

    [Fact]
    public void The_gradient_of_a_soft_vote_survives_members_that_are_sure_of_different_classes()
    {
        var logits = (Votes([0, 0, 1]).MemberLogits * 4).requires_grad_();
        var ballot = new Ballot(logits, full(3, 1f / 3), 1);
        var exact = MeanProbability.Scores(ballot)[0];
        (exact[0] - exact[1]).backward();
        Assert.Equal(0, logits.grad!.abs().max().item<float>());

        var surrogate = MeanProbability.SurrogateScores(ballot)[0];
        (surrogate[0] - surrogate[1]).backward();
        // Every member is asked to leave class 0 for class 1.
        Assert.True(logits.grad!.select(2, 0).gt(0).all().item<bool>());
        Assert.True(logits.grad!.select(2, 1).lt(0).all().item<bool>());
    }

    [Fact]
    public void Rejecting_is_no_class() => Assert.True(Decision.Reject < 0);

    static long[] Labels<T>(Electorate electorate) where T : IVotingRule
    {
        var ballot = electorate.Ballot();
        return T.Labels(ballot, T.Scores(ballot)).data<long>().ToArray();
    }

    /// <summary>Members that are sure, one row of votes an image.</summary>
    static Ballot Votes(params long[][] votes)
    {
        var labels = stack(votes.Select(v => tensor(v)), 1);
        return new Ballot(
            nn.functional.one_hot(labels, 3).to_type(ScalarType.Float32) * 50,
            full(labels.size(0), 1f / labels.size(0)),
            1);
    }

    static long UniqueWinner(double[][] logits, int atLeast)
    {
        var counts = logits.CountBy(Rule.Argmax).OrderByDescending(c => c.Value).ToList();
        var unique = counts.Count == 1 || counts[0].Value > counts[1].Value;
        return unique && counts[0].Value >= atLeast ? counts[0].Key : Decision.Reject;
    }
}
