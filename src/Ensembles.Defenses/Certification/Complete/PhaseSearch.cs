using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Branch and bound over the phases of ReLUs: is z_y - z_k positive in a whole box? Each branch fixes some ReLUs on or
/// off, which holds in a part of the box; linear bounds of the rest and of what is fixed make a linear program. Where
/// no
/// ReLU is left open the program is exact.
/// </summary>
/// <param name="network">A network of one image whose only layers that are not linear are ReLUs.</param>
/// <param name="box">Where the image lies, [1, C, H, W].</param>
/// <param name="slope">e_y - e_k, [1, 1, K].</param>
/// <param name="refutes">Whether a point of the box, one number for each pixel value, gets another label.</param>
sealed class PhaseSearch(BoundedNetwork network, Interval box, Tensor slope, Func<double[], bool> refutes)
{
    /// <summary>ReLUs that a branch has fixed: the node whose outputs they read, the place there, and whether on.
    /// </summary>
    sealed record Branch(IReadOnlyList<(int Node, long Place, bool On)> Fixed);

    readonly double[] lower = Numbers(box.Lower), upper = Numbers(box.Upper);

    /// <summary>The point that gets another label; null where none was found.</summary>
    public double[]? Counterexample { get; private set; }

    /// <summary>
    /// Whether the difference is positive everywhere; false where a point refutes it, and null where neither could be
    /// shown in so many branches or for the rounding.
    /// </summary>
    /// <exception cref="OperationCanceledException">It is to be stopped.</exception>
    public bool? Holds(ref int branches, CancellationToken cancellation)
    {
        var open = new Stack<Branch>([new Branch([])]);
        var undecided = false;
        while (open.TryPop(out var branch))
        {
            cancellation.ThrowIfCancellationRequested();
            if (branches-- <= 0)
                return null;
            using var scope = NewDisposeScope();
            var (settled, next) = Look(branch);
            if (Counterexample is not null)
                return false;
            if (settled)
                continue;
            if (next is not var (node, place))
            {
                undecided = true;
                continue;
            }

            open.Push(new Branch([.. branch.Fixed, (node, place, false)]));
            open.Push(new Branch([.. branch.Fixed, (node, place, true)]));
        }

        return undecided ? null : true;
    }

    /// <summary>Whether a branch is proven or empty; else the ReLU to split, null where none is open.</summary>
    (bool Settled, (int Node, long Place)? Next) Look(Branch branch)
    {
        var bounds = new LayerBounds(network, box, clip: (node, found) => Clipped(branch, node, found));
        if (network.Nodes.Index().Any(node => Empty(bounds.Of(node.Index))))
            return (true, null);

        var program = new BoxProgram(lower, upper);
        foreach (var (node, place, on) in branch.Fixed)
        {
            // On: what bounds the input from above is 0 or more. Off: what bounds it from below is 0 or less.
            var shape = bounds.Of(node).Lower.shape;
            var unit = zeros([1, bounds.Of(node).Lower.numel()], dtype: ScalarType.Float64);
            unit[0, place] = on ? -1 : 1;
            var (coefficients, constant) = Linear(bounds, node, unit.view([1, .. shape]));
            program.Add([.. coefficients.Select(a => -a)], constant);
        }

        var (objective, added) = Linear(bounds, network.Nodes.Count - 1, slope);
        var (bound, point) = program.Minimize(objective);
        if (bound + added > 0 || bound == double.PositiveInfinity)
            return (true, null);
        if (point is not null && refutes(point))
            Counterexample = point;
        return (false, Widest(bounds));
    }

    /// <summary>a and c with a.x + c at most s.y, for the outputs y of a node.</summary>
    static (double[] Coefficients, double Constant) Linear(LayerBounds bounds, int node, Tensor slope)
    {
        var (ofImages, constant) = bounds.Linear(node, slope);
        return (Numbers(ofImages), constant.item<double>());
    }

    /// <summary>The open ReLU whose linear bound from above is furthest from it: -l u / (u - l).</summary>
    (int Node, long Place)? Widest(LayerBounds bounds)
    {
        (int, long)? widest = null;
        var gap = 0.0;
        foreach (var read in network.Nodes.Where(node => node.Layer is ReluBounds).Select(node => node.Input))
        {
            var (l, u) = bounds.Of(read);
            var gaps = (-l * u / (u - l).clamp(min: 1e-300)).masked_fill(l.ge(0).logical_or(u.le(0)), 0).view(-1);
            var place = gaps.argmax().item<long>();
            if (gaps[place].item<double>() <= gap)
                continue;
            (gap, widest) = (gaps[place].item<double>(), (read, place));
        }

        return widest;
    }

    static Interval Clipped(Branch branch, int node, Interval found)
    {
        var mine = branch.Fixed.Where(split => split.Node == node).ToList();
        if (mine.Count == 0)
            return found;
        var (low, high) = (found.Lower.flatten().clone(), found.Upper.flatten().clone());
        foreach (var (_, place, on) in mine)
        {
            if (on)
                low[place] = low[place].clamp(min: 0);
            else
                high[place] = high[place].clamp(max: 0);
        }

        return new Interval(low.view(found.Lower.shape), high.view(found.Lower.shape));
    }

    static bool Empty(Interval interval) => interval.Lower.gt(interval.Upper).any().item<bool>();

    static double[] Numbers(Tensor values) =>
        values.to_type(ScalarType.Float64).flatten().cpu().data<double>().ToArray();
}
