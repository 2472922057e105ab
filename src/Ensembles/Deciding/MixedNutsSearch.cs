using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Finds the numbers of <see cref="MixedNuts"/> as its authors do: on a grid of s, p and c, with a as low as leaves the
/// decision to the robust member on <see cref="KeptShare"/> of the attacked images it is right on, those under which it
/// overrules the accurate member on the fewest clean images that it is wrong on itself.
/// </summary>
/// <remarks>
/// The robust member overrules where its margin p_(1) - p_(2) is at least (1 - a) / a. So that is the quantile of its
/// margins on attacked images that leaves out 1.5 %, and what is least is the share of its clean errors with margins
/// above. Of those alike, the one whose errors lie lowest below is taken.
/// </remarks>
static class MixedNutsSearch
{
    /// <summary>The authors' beta for CIFAR-10 and CIFAR-100.</summary>
    const double KeptShare = 0.985;

    /// <summary>
    /// Margins nearer to 1 cannot be told apart in float32: a would be 1/2 and its member never outvoted.
    /// </summary>
    const double LargestMargin = 1 - 1e-4;

    static readonly double[] scales = [.. Enumerable.Range(0, 8).Select(i => 0.05 * Math.Pow(100, i / 7.0))];

    static readonly double[] powers = [.. Enumerable.Range(0, 8).Select(i => 1 + 3 * i / 7.0)];

    static readonly double[] offsets = [.. Enumerable.Range(0, 8).Select(i => -2.5 + 2.5 * i / 7.0)];

    /// <summary>1 - a, a, s, p, c, and a for the robust member's own softmax: float64 [6].</summary>
    public static Tensor Fit(ValidationVotes votes)
    {
        using var scope = NewDisposeScope();
        ThrowIfSwapped(votes);
        var (clean, attacked) = (votes.Clean[1], votes.Attacked[1][1]);
        var (wrong, right) = (clean[votes.Right(clean).logical_not()], attacked[votes.Right(attacked)]);
        if (right.size(0) == 0)
            throw new ArgumentException(
                "The robust member is right on none of the attacked validation images: it has nothing to give to the "
                + "mix under this attack.",
                nameof(votes));

        var best = (Share: double.PositiveInfinity, Above: double.PositiveInfinity);
        double[]? found = null;
        foreach (var (s, p, c) in scales.SelectMany(s => powers.SelectMany(p => offsets.Select(c => (s, p, c)))))
        {
            using var inner = NewDisposeScope();
            Tensor Margins(Tensor logits) =>
                Margin(MixedNuts.Map(logits, tensor(s), tensor(p), tensor(c)));
            var cutoff = Cutoff(Margins(right));
            var errors = Margins(wrong);
            var value = wrong.size(0) == 0
                ? (0.0, -cutoff)
                : (errors.ge(cutoff).to_type(ScalarType.Float64).mean().item<double>(),
                    errors.mean().item<double>() - cutoff);
            if (cutoff > 0 && value.CompareTo(best) < 0)
            {
                best = value;
                found = [.. Shares(cutoff), s, p, c];
            }
        }

        if (found is null)
            throw new ArgumentException(
                "The robust member is sure of hardly any attacked validation image that it is right on: no mix keeps "
                + "what it keeps.",
                nameof(votes));
        var raw = Cutoff(Margin(right));
        double[] numbers = [.. found, Shares(raw)[1]];
        return tensor(numbers).MoveToOuterDisposeScope();
    }

    /// <summary>p_(1) - p_(2) of logits [N, K].</summary>
    static Tensor Margin(Tensor logits)
    {
        var highest = logits.softmax(-1).topk(2).values;
        return highest.select(1, 0) - highest.select(1, 1);
    }

    /// <summary>The margin that <see cref="KeptShare"/> of some reach.</summary>
    static double Cutoff(Tensor margins) =>
        Math.Min(margins.quantile(tensor(1 - KeptShare, ScalarType.Float64)).item<double>(), LargestMargin);

    /// <summary>1 - a and a with (1 - a) / a the cutoff.</summary>
    static double[] Shares(double cutoff) => [cutoff / (1 + cutoff), 1 / (1 + cutoff)];

    static void ThrowIfSwapped(ValidationVotes votes)
    {
        double[] kept = [.. Enumerable.Range(0, 2).Select(member =>
            votes.Right(votes.Attacked[member][member]).to_type(ScalarType.Float64).mean().item<double>())];
        if (kept[1] < kept[0])
            throw new ArgumentException(FormattableString.Invariant(
                $"The first member keeps {100 * kept[0]:0.0} % of the validation images under attack and the second ")
                + FormattableString.Invariant($"{100 * kept[1]:0.0} %: {nameof(MixedNuts)} takes the accurate member ")
                + "first and the robust one second. Declare them in that order.",
                nameof(votes));
    }
}
