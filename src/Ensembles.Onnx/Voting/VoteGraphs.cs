using System.Reflection;
using Ensembles.Graphs;

namespace Ensembles.Onnx;

/// <summary>The forms of the library's voting rules in graphs.</summary>
static class VoteGraphs
{
    static readonly Dictionary<Type, VoteGraph> own = new()
    {
        [typeof(MeanProbability)] = new MeanProbabilityGraph(),
        [typeof(MeanLogit)] = new MeanLogitGraph(),
        [typeof(MedianLogit)] = new MedianLogitGraph(),
        [typeof(MajorityVote)] = new CountedGraph(hasQuorum: false),
        [typeof(WeightedMean)] = new WeightedMeanGraph(),
        [typeof(MaxMin)] = new MaxMinGraph(),
        [typeof(Product)] = new ProductGraph(),
        [typeof(Quorum)] = new CountedGraph(hasQuorum: true),
        [typeof(StackedMean)] = new WeightedMeanGraph(),
        [typeof(MixedNuts)] = new MixedNutsGraph(),
    };

    /// <summary>The form of a rule.</summary>
    /// <exception cref="NotCapturedException">It has none.</exception>
    public static VoteGraph Of(VotingRule rule)
    {
        if (rule.Implementation is { } type)
        {
            if (own.GetValueOrDefault(type) is { } form)
                return form;
            if (type.GetCustomAttribute<VoteGraphAttribute>() is { } attribute)
                return Activator.CreateInstance(attribute.Form) as VoteGraph ?? throw new NotCapturedException(
                    $"{type.Name} names {attribute.Form.Name} as its form in graphs, which is no {nameof(VoteGraph)}.");
        }

        throw new NotCapturedException(
            $"The voting rule {rule.Implementation?.Name ?? "of this ensemble"} has no form in graphs. Give it one: a "
                + $"{nameof(VoteGraph)} that {nameof(VoteGraphAttribute)} names on the rule.");
    }

    /// <summary>log(mean_i p_i).</summary>
    sealed class MeanProbabilityGraph : VoteGraph
    {
        public override Term Scores(BallotGraph ballot) =>
            ballot.LogProbabilities().Over(ReduceFunction.ReduceLogSumExp, 0) - Math.Log(ballot.Members);
    }

    /// <summary>mean_i z_i.</summary>
    sealed class MeanLogitGraph : VoteGraph
    {
        public override Term Scores(BallotGraph ballot) => ballot.Logits.Over(ReduceFunction.ReduceMean, 0);
    }

    /// <summary>The middle logit, or the mean of the two in the middle.</summary>
    sealed class MedianLogitGraph : VoteGraph
    {
        public override Term Scores(BallotGraph ballot)
        {
            var (logits, members) = (ballot.Logits, ballot.Members);
            var ordered = logits with
            {
                Value = logits.Graph.Add("", new TopK(members, 0), [logits.Value], [])[0],
            };
            Term Place(int place) => ordered.Of(new Slice(0, place, place + 1)).Of(new Squeeze([0]));
            var median = (Place((members - 1) / 2) + Place(members / 2)) / 2;
            return median.Number(double.NaN).Where(logits.Of(UnaryFunction.IsNaN).Any(0), median);
        }
    }

    /// <summary>log(sum_i w_i p_i).</summary>
    sealed class WeightedMeanGraph : VoteGraph
    {
        public override Term Scores(BallotGraph ballot) =>
            (ballot.LogProbabilities() + ballot.LogWeights()).Over(ReduceFunction.ReduceLogSumExp, 0);
    }

    /// <summary>min_i log p_i.</summary>
    sealed class MaxMinGraph : VoteGraph
    {
        public override Term Scores(BallotGraph ballot) =>
            ballot.LogProbabilities().Over(ReduceFunction.ReduceMin, 0);
    }

    /// <summary>sum_i log p_i.</summary>
    sealed class ProductGraph : VoteGraph
    {
        public override Term Scores(BallotGraph ballot) =>
            ballot.LogProbabilities().Over(ReduceFunction.ReduceSum, 0);
    }

    /// <summary>The shares of the votes; ties reject, and with a quorum so does a class with fewer votes.</summary>
    sealed class CountedGraph(bool hasQuorum) : VoteGraph
    {
        public override Term Scores(BallotGraph ballot) => ballot.Counts() / ballot.Members;

        public override Term Labels(BallotGraph ballot, Term scores)
        {
            var labels = UniqueArgmax(scores);
            if (!hasQuorum)
                return labels;
            var most = ballot.Counts().Over(ReduceFunction.ReduceMax, -1);
            return labels.Number(Decision.Reject).Where(
                most.With(BinaryFunction.Less, most.Number(ballot.Quorum)), labels);
        }

        /// <summary>log(share + 10^-6): see <see cref="Ballot.LogShares"/>.</summary>
        public override Term Logits(Term scores) => (scores + 1e-6).Of(UnaryFunction.Log);
    }
}
