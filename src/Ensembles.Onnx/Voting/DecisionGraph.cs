using Ensembles.Graphs;

namespace Ensembles.Onnx;

/// <summary>
/// How an ensemble decides, as operations of a graph: <see cref="DecisionRule"/> for values in place of tensors.
/// </summary>
static class DecisionGraph
{
    /// <summary>Each of so many may abstain or not, and every case has its own vote in the graph.</summary>
    const int MostAbstaining = 5;

    /// <summary>Scores [N, K] and labels [N].</summary>
    /// <param name="rule">How it decides.</param>
    /// <param name="logits">The logits [N, K] of each classifier.</param>
    /// <param name="gateScores">The scores [N] of each gate.</param>
    /// <exception cref="NotCapturedException">A voting rule without a form.</exception>
    public static (Term Scores, Term Labels) Of(
        DecisionRule rule, ReadOnlySpan<Term> logits, ReadOnlySpan<Term> gateScores)
    {
        var form = VoteGraphs.Of(rule.Voting);
        using var thresholds = rule.Thresholds.alias();
        var own = HostMemory.ReadFloats(thresholds);
        var (said, abstains) = Answers(rule, logits, gateScores[own.Length..]);
        var (scores, labels) = Vote(form, rule, said, abstains);
        for (var i = 0; i < own.Length; i++)
        {
            // Written so that NaN rejects.
            var accepted = gateScores[i].With(BinaryFunction.LessOrEqual, gateScores[i].Number(own[i]));
            labels = labels.Where(accepted, labels.Number(Decision.Reject));
        }

        return (scores, labels);
    }

    /// <summary>What each own member says, and where it abstains; null for never.</summary>
    static (Term[] Said, Term?[] Abstains) Answers(
        DecisionRule rule, ReadOnlySpan<Term> logits, ReadOnlySpan<Term> gateScores)
    {
        if (rule.Inner.Count == 0)
            return ([.. logits], new Term?[logits.Length]);
        var (said, abstains) = (new List<Term>(), new List<Term?>());
        foreach (var inner in rule.Inner)
        {
            var (classifiers, gates) = (inner?.Classifiers ?? 1, inner?.Gates ?? 0);
            if (inner is null)
            {
                said.Add(logits[0]);
                abstains.Add(null);
            }
            else
            {
                var (scores, labels) = Of(inner, logits[..classifiers], gateScores[..gates]);
                said.Add(VoteGraphs.Of(inner.Voting).Logits(scores));
                // Where its scores are not numbers it does not abstain.
                var rejects = labels.With(BinaryFunction.Less, labels.Number(0));
                abstains.Add(rejects.With(
                    BinaryFunction.And, scores.Of(UnaryFunction.IsNaN).Any(-1).Of(UnaryFunction.Not)));
            }

            logits = logits[classifiers..];
            gateScores = gateScores[gates..];
        }

        return ([.. said], [.. abstains]);
    }

    /// <summary>On each image the vote of those that do not abstain; where all do, that of all, and no label.</summary>
    static (Term Scores, Term Labels) Vote(VoteGraph form, DecisionRule rule, Term[] said, Term?[] abstains)
    {
        var weights = HostMemory.ReadFloats(rule.Weights);
        int[] may = [.. Enumerable.Range(0, said.Length).Where(i => abstains[i] is not null)];
        if (may.Length > MostAbstaining)
            throw new NotCapturedException(
                $"{may.Length} ensembles among the members may abstain, and a file holds at most {MostAbstaining}.");
        var (scores, labels) = Cast([.. Enumerable.Range(0, said.Length)]);
        for (var subset = 1; subset < 1 << may.Length; subset++)
        {
            int[] absent = [.. may.Where((_, i) => (subset >> i & 1) != 0)];
            int[] present = [.. Enumerable.Range(0, said.Length).Except(absent)];
            var exactly = may
                .Select(i => absent.Contains(i) ? abstains[i]! : abstains[i]!.Of(UnaryFunction.Not))
                .Aggregate((a, b) => a.With(BinaryFunction.And, b));
            if (present.Length == 0)
            {
                labels = labels.Number(Decision.Reject).Where(exactly, labels);
                continue;
            }

            var (theirs, label) = Cast(present);
            scores = theirs.Where(exactly.Of(new Unsqueeze([-1])), scores);
            labels = label.Where(exactly, labels);
        }

        return (scores, labels);

        (Term, Term) Cast(int[] voters)
        {
            var rows = voters.Select(i => said[i].Of(new Unsqueeze([0]))).ToArray();
            var sum = voters.Sum(i => weights[i]);
            var ballot = new BallotGraph(
                rows[0].Of(new Concat(0), rows.AsSpan(1)),
                voters.Length == said.Length ? weights : [.. voters.Select(i => weights[i] / sum)], rule.Quorum);
            var result = form.Scores(ballot);
            return (result, form.Labels(ballot, result));
        }
    }
}
