using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>
/// A voting rule as operations of a graph, beside its C#: what <see cref="VoteGraphAttribute"/> names on a rule of
/// one's own, so that ensembles of it can be exported.
/// </summary>
/// <remarks>An export compares it with the rule on sample images, and writes nothing where they differ.</remarks>
public abstract class VoteGraph
{
    /// <summary>Scores [N, K] of a ballot.</summary>
    public abstract Term Scores(BallotGraph ballot);

    /// <summary>Labels [N], int64, -1 where there is none. The default is the class of the highest score.</summary>
    public virtual Term Labels(BallotGraph ballot, Term scores) => Argmax(scores);

    /// <summary>What an ensemble of the rule says as a member of another, from its scores [N, K].</summary>
    public virtual Term Logits(Term scores) => scores;

    /// <summary>
    /// The class of the highest score, [N]; -1 where a score is not a number.
    /// </summary>
    public static Term Argmax(Term scores)
    {
        var labels = scores.Of(new ArgMax(-1, KeepsDimension: false));
        return labels.Number(Decision.Reject).Where(scores.Of(UnaryFunction.IsNaN).Any(-1), labels);
    }

    /// <summary>The same, and -1 where two classes share the highest score.</summary>
    public static Term UniqueArgmax(Term scores)
    {
        var highest = scores.With(BinaryFunction.Equal, scores.Over(ReduceFunction.ReduceMax, -1, keep: true));
        var ties = highest.Of(new Cast(ScalarType.Float32)).Over(ReduceFunction.ReduceSum, -1);
        var labels = Argmax(scores);
        return labels.Number(Decision.Reject).Where(ties.With(BinaryFunction.Greater, ties.Number(1)), labels);
    }
}

/// <summary>Names the form of a voting rule in graphs.</summary>
/// <param name="form">A <see cref="VoteGraph"/> with a constructor without parameters.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class VoteGraphAttribute(Type form) : Attribute
{
    /// <summary>The form.</summary>
    public Type Form => form;
}

/// <summary>What the members say about a batch, as values of a graph.</summary>
/// <param name="Logits">Logits of M members, float32 [M, N, K].</param>
/// <param name="Weights">
/// The members' weights, summing to 1; of a rule that is fitted its other numbers follow.
/// </param>
/// <param name="Quorum">How many members must agree.</param>
public sealed record BallotGraph(Term Logits, IReadOnlyList<float> Weights, int Quorum)
{
    /// <summary>M.</summary>
    public int Members => (int)Logits.Shape[0].Factor;

    /// <summary>The members' log-probabilities, [M, N, K].</summary>
    public Term LogProbabilities() => Logits.Of(new LogSoftmax(-1));

    /// <summary>The logarithms of the members' weights, [M, 1, 1].</summary>
    public Term LogWeights() => Logits with
    {
        Value = Logits.Graph.Constant(
            tensor(Weights.Take(Members).ToArray()).log().reshape(-1, 1, 1), "log_weights"),
    };

    /// <summary>
    /// The number of members that vote for each class, float32 [N, K]; NaN where a logit of any member is not a number.
    /// </summary>
    public Term Counts()
    {
        var classes = Logits with
        {
            Value = Logits.Graph.Constant(arange(Logits.Shape[2].Factor, dtype: ScalarType.Int64), "classes"),
        };
        var votes = Logits.Of(new ArgMax(-1)).With(BinaryFunction.Equal, classes);
        var counts = votes.Of(new Cast(ScalarType.Float32)).Over(ReduceFunction.ReduceSum, 0);
        // [N, 1]: an image where one of the members has no number anywhere.
        var invalid = Logits.Of(UnaryFunction.IsNaN).Any(-1).Any(0).Of(new Unsqueeze([-1]));
        return counts.Number(double.NaN).Where(invalid, counts);
    }
}
