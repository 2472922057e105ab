using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// The maximum mean discrepancy of two sets (Gretton et al. 2012) under k(x, y) = exp(-|x - y|^2 / (2 b^2)): how far
/// apart the means of what they are embedded as lie.
/// </summary>
/// <param name="bandwidth">b, in units of the points; positive.</param>
public sealed class MaximumMeanDiscrepancy(double bandwidth)
{
    /// <summary>b, in units of the points.</summary>
    public double Bandwidth { get; } = bandwidth > 0 ? bandwidth : throw new ArgumentOutOfRangeException(
        nameof(bandwidth), bandwidth, "The bandwidth is positive, for example the median distance.");

    /// <summary>k of points [N, D] and [M, D], [N, M]; differentiable.</summary>
    public Tensor Kernel(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var squared = x.square().sum(1).unsqueeze(1) - (2 * x.matmul(y.t())) + y.square().sum(1);
        return (squared.clamp_min(0) / (-2 * Bandwidth * Bandwidth)).exp().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The unbiased estimate of the squared discrepancy, mean_(i != j) k(x_i, x_j) + mean_(i != j) k(y_i, y_j) -
    /// 2 mean_(i, j) k(x_i, y_j): 0 on average where both sets are drawn alike, and then as often below 0 as above.
    /// </summary>
    /// <param name="x">Points [N, D], two or more.</param>
    /// <param name="y">Points [M, D], two or more.</param>
    public double Squared(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var all = cat([x, y]).to_type(ScalarType.Float64);
        return Squared(Kernel(all, all).cpu().data<double>().ToArray(), (int)x.size(0), Identity((int)all.size(0)));
    }

    /// <summary>
    /// The p-value of the two-sample test: the share of divisions of all points at random, the given one among them,
    /// whose discrepancy is at least as large.
    /// </summary>
    /// <param name="x">Points [N, D], two or more.</param>
    /// <param name="y">Points [M, D], two or more.</param>
    /// <param name="permutations">Divisions drawn, 1 or more; the p-value is at least 1 / (permutations + 1).</param>
    /// <param name="seed">One seed gives the same divisions.</param>
    public double PValue(Tensor x, Tensor y, int permutations = 200, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        using var scope = NewDisposeScope();
        var all = cat([x, y]).to_type(ScalarType.Float64);
        var kernel = Kernel(all, all).cpu().data<double>().ToArray();
        var (first, order) = ((int)x.size(0), Identity((int)all.size(0)));
        var found = Squared(kernel, first, order);
        var random = new Random(seed);
        var asLarge = 1;
        for (var i = 0; i < permutations; i++)
        {
            random.Shuffle(order);
            if (Squared(kernel, first, order) >= found - 1e-12)
                asLarge++;
        }

        return asLarge / (permutations + 1.0);
    }

    static int[] Identity(int count) => [.. Enumerable.Range(0, count)];

    /// <summary>Of the kernel [P P] of all points, of which the first N in the order are x.</summary>
    static double Squared(double[] kernel, int count, int[] order)
    {
        var (total, others) = (order.Length, order.Length - count);
        if (count < 2 || others < 2)
            throw new ArgumentException(
                $"A discrepancy is one of two sets of at least two points; these have {count} and {others}.");
        double own = 0, other = 0, between = 0;
        for (var i = 0; i < total; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var value = kernel[(order[i] * total) + order[j]];
                if (i < count)
                    own += value;
                else if (j >= count)
                    other += value;
                else
                    between += value;
            }
        }

        return (2 * own / (count * (count - 1.0))) + (2 * other / (others * (others - 1.0)))
            - (2 * between / ((double)count * others));
    }
}
