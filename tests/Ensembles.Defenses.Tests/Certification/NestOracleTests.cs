using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Certification;

/// <summary>
/// What bounds prove of votes with ensembles among the members, against every combination of a few answers of each
/// classifier and each gate.
/// </summary>
public class NestOracleTests
{
    const int Cases = 40, Classes = 3;

    static readonly VotingRule[] rules =
    [
        VotingRule.From<MeanLogit>(), VotingRule.From<MeanProbability>(), VotingRule.From<WeightedMean>(),
        VotingRule.From<MajorityVote>(), VotingRule.From<Quorum>(), VotingRule.From<MedianLogit>(),
        VotingRule.From<MaxMin>(), VotingRule.From<Product>(),
    ];

    /// <summary>How ensembles stand in each other: null for a classifier.</summary>
    static readonly Dictionary<string, Func<VotingRule, VotingRule, DecisionRule>> shapes = new()
    {
        ["one beside a classifier"] = (outer, inner) => Of(outer, 0, null, Of(inner, 1, null, null)),
        ["one beside two, and a gate of the whole"] =
            (outer, inner) => Of(outer, 1, null, Of(inner, 1, null, null, null), null),
        ["ensembles alone"] = (outer, inner) => Of(outer, 0, Of(inner, 1, null, null), Of(inner, 0, null, null)),
        ["one in one"] = (outer, inner) => Of(outer, 0, null, Of(inner, 0, null, Of(outer, 1, null, null))),
    };

    public static TheoryData<string, int> Shapes
    {
        get
        {
            var all = new TheoryData<string, int>();
            foreach (var shape in shapes.Keys)
            {
                for (var rule = 0; rule < rules.Length; rule++)
                    all.Add(shape, rule);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Nothing_is_proven_that_a_combination_of_answers_breaks(string shape, int outer)
    {
        manual_seed(outer + 1);
        var (proven, kept) = (0L, 0L);
        foreach (var inner in rules)
        {
            using var scope = NewDisposeScope();
            var rule = shapes[shape](rules[outer], inner);
            var answers = new Answers(rule, choices: 2);

            var (lenient, strict) = Proven(rule, answers);

            var right = answers.Decided.eq(answers.Labels);
            var allowed = rule.Inner.All(member => member is not null)
                ? right.logical_or(answers.Decided.eq(Decision.Reject))
                // A gate of the whole may reject what the vote is right about, which lenient certificates allow.
                : answers.Voted.eq(answers.Labels);
            Assert.False(lenient.logical_and(allowed.all(0).logical_not()).any().item<bool>());
            Assert.False(strict.logical_and(right.all(0).logical_not()).any().item<bool>());
            Assert.False(strict.logical_and(lenient.logical_not()).any().item<bool>());
            (proven, kept) = (proven + Count(lenient), kept + Count(allowed.all(0)));
        }

        // A quorum of two ensembles that may abstain is the least that is proven.
        Assert.True(proven > 0.2 * kept, $"{proven} of {kept} that no combination breaks are proven.");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Of_one_answer_each_the_decision_itself_is_proven(string shape, int outer)
    {
        manual_seed(outer + 1);
        foreach (var inner in rules)
        {
            using var scope = NewDisposeScope();
            var rule = shapes[shape](rules[outer], inner);
            var answers = new Answers(rule, choices: 1);

            var strict = Proven(rule, answers).Strict;

            var accepted = answers.Decided[0].ge(0);
            Assert.False(strict.logical_and(accepted.logical_not()).any().item<bool>());
            // Ties of shares are decided by the order of classes, and nobody can prove them.
            Assert.True(Count(strict) > 0.6 * Count(accepted), $"{Count(strict)} of {Count(accepted)}");
        }
    }

    static (Tensor Lenient, Tensor Strict) Proven(DecisionRule rule, Answers answers)
    {
        var proof = answers.Bounds();
        var lenient = proof.NeverWrong(rule);
        return (lenient, lenient.logical_and(proof.Accepted(rule)));
    }

    static long Count(Tensor flags) => flags.sum().item<long>();

    static DecisionRule Of(VotingRule voting, int gates, params DecisionRule?[] members) =>
        new(voting, rand(members.Length) is var weights ? weights / weights.sum() : null!, 2, zeros(gates))
        {
            Inner = members.Any(member => member is not null) ? members : [],
        };

    /// <summary>A few answers of each classifier and each gate, to T images, and all their combinations.</summary>
    sealed class Answers
    {
        readonly Tensor logits, scores;

        public Answers(DecisionRule rule, int choices)
        {
            var (classifiers, gates) = (rule.Classifiers, rule.Gates);
            // Some images on which all agree and little changes, some on which anything may.
            var shift = 3 * randn(1, 1, Cases, Classes) + (1.5 * randn(1, classifiers, Cases, Classes));
            var change = linspace(0, 1.5, Cases).view(1, 1, Cases, 1);
            logits = shift + (change * randn(choices, classifiers, Cases, Classes));
            scores = linspace(0, 1, Cases).view(1, 1, Cases) * 2 * randn(choices, gates, Cases)
                + (linspace(1, 0, Cases).view(1, 1, Cases) * (randint(2, [1, gates, Cases]) - 0.7));
            var combinations = Combinations(choices, classifiers + gates);
            var decided = new List<Tensor>();
            var voted = new List<Tensor>();
            foreach (var combination in combinations)
            {
                Tensor Chosen(Tensor answers, int first) => stack([.. Enumerable.Range(0, (int)answers.size(1))
                    .Select(i => answers[combination[first + i], i])]);
                var said = Chosen(logits, 0);
                var gated = gates == 0 ? zeros(0, Cases) : Chosen(scores, classifiers);
                decided.Add(rule.Decide(said, gated).Labels);
                var open = rule with { Thresholds = full_like(rule.Thresholds, float.PositiveInfinity) };
                voted.Add(open.Decide(said, gated).Labels);
            }

            (Decided, Voted) = (stack(decided), stack(voted));
            Labels = Decided[0].clamp(min: 0);
        }

        /// <summary>The decision of each combination, [C, T].</summary>
        public Tensor Decided { get; }

        /// <summary>The same without the gates of the whole.</summary>
        public Tensor Voted { get; }

        /// <summary>What the first combination decides.</summary>
        public Tensor Labels { get; }

        public VoteProof Bounds()
        {
            var precise = logits.to_type(ScalarType.Float64);
            var own = precise.gather(3, Labels.view(1, 1, -1, 1).expand(precise.size(0), precise.size(1), -1, 1));
            var gates = scores.to_type(ScalarType.Float64);
            return new(
                precise.amin([0]), precise.amax([0]), (own - precise).amin([0]), gates.amin([0]), gates.amax([0]),
                Labels);
        }

        static List<int[]> Combinations(int choices, int places) => places == 0
            ? [[]]
            : [.. Combinations(choices, places - 1).SelectMany(rest =>
                Enumerable.Range(0, choices).Select(choice => (int[])[.. rest, choice]))];
    }
}
