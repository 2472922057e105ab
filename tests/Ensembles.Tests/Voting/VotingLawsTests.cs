using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Tests.Voting;

/// <summary>The laws that every voting rule keeps, on random electorates.</summary>
public class VotingLawsTests
{
    /// <summary>Scores that differ by less are a tie, which rounding may break either way.</summary>
    const double Tie = 1e-4;

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void Scores_are_the_rules_formula(string name) => Holds(name, (rule, electorate) =>
    {
        var (scores, _) = Vote(rule, electorate);
        for (var n = 0; n < electorate.Images; n++)
            AssertClose(rule.Definition(electorate.OfImage(n), electorate.Weights), scores[n]);
    });

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void The_label_is_the_class_of_the_highest_score(string name) => Holds(name, (rule, electorate) =>
    {
        var (scores, labels) = Vote(rule, electorate);
        for (var n = 0; n < electorate.Images; n++)
        {
            if (labels[n] != Decision.Reject)
                Assert.Equal(scores[n].Max(), scores[n][labels[n]]);
            else
                Assert.True(rule.MayReject, "only rules that say so reject");
        }
    });

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void Rules_that_count_votes_say_that_they_may_reject(string name) =>
        Assert.Equal(Rule.Named(name).Counts, Rule.Named(name).MayReject);

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void The_order_of_the_members_does_not_matter(string name) =>
        Electorate.Any
            .SelectMany(e => Gen.Shuffle(Enumerable.Range(0, e.Members).ToArray()).Select(order => (e, order)))
            .Sample((electorate, order) =>
        {
            using var scope = NewDisposeScope();
            AssertSameVote(Vote(Rule.Named(name), electorate), Vote(Rule.Named(name), electorate.Reordered(order)));
        }, iter: 100, threads: 1);

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void Identical_members_decide_like_one(string name) => Holds(name, (rule, electorate) =>
    {
        var one = electorate.Reordered([0]);
        var (_, labels) = Vote(rule, one);
        for (var copies = 2; copies <= 4; copies++)
        {
            var (scores, copied) = Vote(rule, one.Reordered([.. Enumerable.Repeat(0, copies)]));
            for (var n = 0; n < electorate.Images; n++)
                Assert.True(
                    labels[n] == copied[n] || !IsClear(scores[n]),
                    $"{copies} copies decide {copied[n]}, one decides {labels[n]}");
        }
    });

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void One_member_decides_alone(string name) => Holds(name, (rule, electorate) =>
    {
        var (_, labels) = Vote(rule, electorate.Reordered([0]));
        for (var n = 0; n < electorate.Images; n++)
            Assert.Equal(electorate.OfImage(n)[0].Max(), electorate.OfImage(n)[0][labels[n]]);
    });

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void Raising_a_members_logit_never_lowers_the_rank_of_its_class(string name) =>
        Gen.Select(Electorate.Any, Gen.Int[0, 1000], Gen.Float[0.25f, 8f]).Sample((electorate, pick, rise) =>
        {
            using var scope = NewDisposeScope();
            var rule = Rule.Named(name);
            var index = pick % electorate.Logits.Length;
            var (image, raised) = (index / electorate.Classes % electorate.Images, index % electorate.Classes);
            var before = Vote(rule, electorate).Scores[image];
            var after = Vote(rule, electorate.With(index, electorate.Logits[index] + rise)).Scores[image];
            for (var k = 0; k < electorate.Classes; k++)
                Assert.True(
                    before[raised] < before[k] + Tie || after[raised] > after[k] - Tie,
                    $"class {raised} fell behind class {k}");
        }, iter: 100, threads: 1);

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void A_logit_that_is_not_a_number_rejects_its_image_and_no_other(string name) =>
        Gen.Select(Electorate.Any, Gen.Int[0, 1000]).Sample((electorate, pick) =>
        {
            using var scope = NewDisposeScope();
            var rule = Rule.Named(name);
            var index = pick % electorate.Logits.Length;
            var image = index / electorate.Classes % electorate.Images;
            var (_, whole) = Vote(rule, electorate);
            var (_, broken) = Vote(rule, electorate.With(index, float.NaN));
            for (var n = 0; n < electorate.Images; n++)
                Assert.Equal(n == image ? Decision.Reject : whole[n], broken[n]);
        }, iter: 100, threads: 1);

    [Theory]
    [MemberData(nameof(Rule.Names), MemberType = typeof(Rule))]
    public void Where_members_are_sure_the_surrogate_agrees_and_has_a_gradient_an_attack_can_follow(string name) =>
        SureElectorate.Sample(electorate =>
    {
        using var scope = NewDisposeScope();
        var rule = Rule.Named(name);
        var (exact, labels) = Vote(rule, electorate);
        var logits = electorate.Ballot().MemberLogits.requires_grad_();
        var surrogate = rule.Surrogate(electorate.Ballot() with { MemberLogits = logits });
        var scores = ToRows(surrogate);

        for (var n = 0; n < electorate.Images; n++)
        {
            if (labels[n] == Decision.Reject || !IsClear(exact[n]))
                continue;
            Assert.True(
                scores[n][labels[n]] > scores[n].Where((_, k) => k != labels[n]).Max() - Tie,
                $"the rule says {labels[n]}, the surrogate [{string.Join(", ", scores[n])}]");

            // What an attack descends: the winner's margin over every other class.
            for (var k = 0; k < electorate.Classes; k++)
            {
                if (k == labels[n])
                    continue;
                logits.grad?.zero_();
                (surrogate[n][labels[n]] - surrogate[n][k]).backward(retain_graph: true);
                Assert.True(logits.grad!.isfinite().all().item<bool>());
                Assert.True(logits.grad!.abs().max().item<float>() > 1e-6);
            }
        }
    }, iter: 40, threads: 1);

    /// <summary>Every member gives one class at least 20 logits more than any other.</summary>
    static Gen<Electorate> SureElectorate =>
        from electorate in Electorate.Any
        from favorites in Gen.Int[0, electorate.Classes - 1].Array[electorate.Members * electorate.Images]
        select electorate with
        {
            Logits =
            [
                .. electorate.Logits.Select(
                    (z, i) => i % electorate.Classes == favorites[i / electorate.Classes] ? 32 : z),
            ],
        };

    static void Holds(string name, Action<Rule, Electorate> law) => Electorate.Any.Sample(electorate =>
    {
        using var scope = NewDisposeScope();
        law(Rule.Named(name), electorate);
    }, iter: 100, threads: 1);

    static (double[][] Scores, long[] Labels) Vote(Rule rule, Electorate electorate)
    {
        var ballot = electorate.Ballot();
        var scores = rule.Scores(ballot);
        return (ToRows(scores), rule.Labels(ballot, scores).data<long>().ToArray());
    }

    static double[][] ToRows(Tensor scores)
    {
        var values = scores.detach().to_type(ScalarType.Float64).contiguous().data<double>().ToArray();
        return [.. values.Chunk((int)scores.size(1))];
    }

    static bool IsClear(double[] scores)
    {
        double[] sorted = [.. scores.OrderDescending()];
        return sorted[0] - sorted[1] > Tie;
    }

    static void AssertSameVote((double[][] Scores, long[] Labels) expected, (double[][] Scores, long[] Labels) actual)
    {
        for (var n = 0; n < expected.Labels.Length; n++)
        {
            AssertClose(expected.Scores[n], actual.Scores[n]);
            Assert.True(
                expected.Labels[n] == actual.Labels[n] || !IsClear(expected.Scores[n]),
                $"{expected.Labels[n]} became {actual.Labels[n]}");
        }
    }

    static void AssertClose(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], tolerance: Tie);
    }
}
