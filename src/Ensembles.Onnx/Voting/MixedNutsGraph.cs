using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>
/// log((1 - a) e(z_accurate) + a softmax(g(z_robust))) with g of <see cref="MixedNuts"/>, in float64 as there but for
/// the error function, which ONNX Runtime has in float32.
/// </summary>
sealed class MixedNutsGraph : VoteGraph
{
    /// <summary>Where gelu is least, and below which it is held.</summary>
    const double GeluTurns = -0.7517915246935645;

    public override Term Scores(BallotGraph ballot)
    {
        var logits = ballot.Logits;
        if (ballot.Members == 1)
            return Valid(logits, One(logits, 0).Of(new LogSoftmax(-1)));
        var (accurate, robust) = (One(logits, 0), One(logits, 1).Of(new Cast(ScalarType.Float64)));
        double a = ballot.Weights[0], b = ballot.Weights[1];

        var classes = logits with
        {
            Value = logits.Graph.Constant(arange(logits.Shape[2].Factor, dtype: ScalarType.Int64), "classes"),
        };
        var highest = accurate.Of(new ArgMax(-1)).With(BinaryFunction.Equal, classes);
        var sure = Mapped(robust, ballot.Weights).Of(new LogSoftmax(-1)) + Math.Log(b);
        var chosen = sure.Number(Math.Log(a)).Where(highest, sure.Number(double.NegativeInfinity));
        var both = chosen.Of(new Unsqueeze([0])).Of(new Concat(0), sure.Of(new Unsqueeze([0])));
        return Valid(
            logits, both.Over(ReduceFunction.ReduceLogSumExp, 0).Of(new Cast(ScalarType.Float32)));
    }

    /// <summary>g: s |u|^p sign(u) with u = gelu(max(h + c, turn)), h = (z - mean z) / std z.</summary>
    static Term Mapped(Term robust, IReadOnlyList<float> numbers)
    {
        double s = numbers[2], p = numbers[3], c = numbers[4];
        // Classes at negative infinity have no part in it.
        var finite = robust.Of(UnaryFunction.Abs).With(BinaryFunction.Less, robust.Number(double.PositiveInfinity));
        Term Of(Term term) => term.Where(finite, term.Number(0));
        var count = finite.Of(new Cast(ScalarType.Float64)).Over(ReduceFunction.ReduceSum, -1, keep: true);
        var off = Of(robust - Of(robust).Over(ReduceFunction.ReduceSum, -1, keep: true) / count);
        var others = (count - 1).With(BinaryFunction.Max, count.Number(1));
        var variance = (off * off).Over(ReduceFunction.ReduceSum, -1, keep: true) / others + 1e-8;
        var shifted = off / variance.Of(UnaryFunction.Sqrt) + c;
        var held = shifted.With(BinaryFunction.Max, shifted.Number(GeluTurns));
        var erf = (held * Math.Sqrt(0.5)).Of(new Cast(ScalarType.Float32)).Of(UnaryFunction.Erf)
            .Of(new Cast(ScalarType.Float64));
        var turned = held * 0.5 * (erf + 1);
        var power = turned.Of(UnaryFunction.Abs).With(BinaryFunction.Pow, turned.Number(p));
        var mapped = power * turned.Of(UnaryFunction.Sign) * s;
        return mapped.Where(finite, mapped.Number(double.NegativeInfinity));
    }

    /// <summary>NaN where a member has no number, or an infinite one, anywhere.</summary>
    static Term Valid(Term logits, Term scores)
    {
        var highest = logits.Over(ReduceFunction.ReduceMax, -1, keep: true);
        var infinite = highest.With(BinaryFunction.Less, highest.Number(double.PositiveInfinity)).Of(UnaryFunction.Not);
        var invalid = infinite.Any(0).With(BinaryFunction.Or, logits.Of(UnaryFunction.IsNaN).Any(-1)
            .Any(0).Of(new Unsqueeze([-1])));
        return scores.Number(double.NaN).Where(invalid, scores);
    }

    static Term One(Term logits, int member) =>
        logits.Of(new Slice(0, member, member + 1)).Of(new Squeeze([0]));
}
