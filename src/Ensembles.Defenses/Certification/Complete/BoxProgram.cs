namespace Ensembles.Defenses;

/// <summary>
/// A small linear program over a box: min c.x with lower &lt;= x &lt;= upper and G x >= h. What it returns is right
/// whatever its arithmetic does: the bound is the value of multipliers b >= 0, h.b + sum_i min((c - G^T b)_i x_i) over
/// the box, which no feasible point is below.
/// </summary>
/// <remarks>
/// The dual, max h'.b - w.m with G^T b - m &lt;= c, is feasible from the start, so one phase of the simplex method
/// solves
/// it (Bland's rule: no circles); where it grows without end there is no feasible point.
/// </remarks>
/// <param name="lower">The box's lower ends.</param>
/// <param name="upper">Its upper ends.</param>
sealed class BoxProgram(double[] lower, double[] upper)
{
    const double Zero = 1e-11;

    /// <summary>Of a bound, what its sums may be rounded by.</summary>
    const double Rounding = 1e-12;

    readonly List<(double[] Coefficients, double Least)> constraints = [];

    /// <summary>Asks for coefficients.x >= least.</summary>
    public void Add(double[] coefficients, double least) => constraints.Add((coefficients, least));

    /// <summary>A bound that c.x is nowhere below, and the point where it is least; null where there is none.</summary>
    /// <param name="c">The objective.</param>
    public (double Bound, double[]? Point) Minimize(double[] c)
    {
        var (size, count) = (c.Length, constraints.Count);
        // Columns: multipliers of the constraints, of the upper ends, and slacks; then the right side.
        var tableau = new double[size + 1, count + (2 * size) + 1];
        var basis = new int[size];
        for (var row = 0; row < size; row++)
        {
            var sign = c[row] < 0 ? -1 : 1;
            for (var j = 0; j < count; j++)
                tableau[row, j] = sign * constraints[j].Coefficients[row];
            (tableau[row, count + row], tableau[row, count + size + row]) = (-sign, sign);
            tableau[row, count + (2 * size)] = sign * c[row];
            basis[row] = sign < 0 ? count + row : count + size + row;
        }

        for (var j = 0; j < count; j++)
            tableau[size, j] = -(constraints[j].Least - Dot(constraints[j].Coefficients, lower));
        for (var row = 0; row < size; row++)
            tableau[size, count + row] = upper[row] - lower[row];
        for (var row = 0; row < size; row++)
            Eliminate(tableau, row, basis[row]);

        var ray = Solve(tableau, basis);
        var multipliers = new double[count];
        for (var row = 0; row < size; row++)
        {
            if (basis[row] < count)
                multipliers[basis[row]] = Math.Max(0, tableau[row, count + (2 * size)]);
        }

        if (ray < 0)
        {
            var point = Enumerable.Range(0, size)
                .Select(i => Math.Clamp(lower[i] + tableau[size, count + size + i], lower[i], upper[i]));
            return (Value(c, multipliers), [.. point]);
        }

        var direction = new double[count];
        if (ray < count)
            direction[ray] = 1;
        for (var row = 0; row < size; row++)
        {
            if (basis[row] < count)
                direction[basis[row]] = Math.Max(0, -tableau[row, ray]);
        }

        var steps = Enumerable.Range(0, 13).Select(power => Math.Pow(10, power));
        return (steps.Max(step => Value(c, [.. multipliers.Zip(direction, (b, d) => b + (step * d))])), null);
    }

    /// <summary>Runs the simplex method; the column along which the dual grows without end, or -1.</summary>
    static int Solve(double[,] tableau, int[] basis)
    {
        var (rows, columns) = (tableau.GetLength(0) - 1, tableau.GetLength(1) - 1);
        for (var step = 0; step < 10_000; step++)
        {
            var entering = Enumerable.Range(0, columns).FirstOrDefault(j => tableau[rows, j] < -Zero, -1);
            if (entering < 0)
                return -1;
            var (leaving, least) = (-1, double.PositiveInfinity);
            for (var row = 0; row < rows; row++)
            {
                if (tableau[row, entering] <= Zero)
                    continue;
                var ratio = tableau[row, columns] / tableau[row, entering];
                if (ratio < least - Zero || (ratio <= least + Zero && leaving >= 0 && basis[row] < basis[leaving]))
                    (leaving, least) = (row, ratio);
            }

            if (leaving < 0)
                return entering;
            var pivot = tableau[leaving, entering];
            for (var j = 0; j <= columns; j++)
                tableau[leaving, j] /= pivot;
            for (var row = 0; row <= rows; row++)
            {
                if (row != leaving)
                    Subtract(tableau, row, leaving, tableau[row, entering]);
            }

            basis[leaving] = entering;
        }

        // Not solved: the multipliers so far are a bound like any others.
        return -1;
    }

    /// <summary>Clears a basic column in the last row.</summary>
    static void Eliminate(double[,] tableau, int row, int column) =>
        Subtract(tableau, tableau.GetLength(0) - 1, row, tableau[tableau.GetLength(0) - 1, column]);

    static void Subtract(double[,] tableau, int from, int row, double factor)
    {
        if (factor == 0)
            return;
        for (var j = 0; j < tableau.GetLength(1); j++)
            tableau[from, j] -= factor * tableau[row, j];
    }

    /// <summary>h.b + sum_i min((c - G^T b)_i x_i), rounded down.</summary>
    double Value(double[] c, double[] multipliers)
    {
        var (value, magnitude) = (0.0, 0.0);
        for (var j = 0; j < multipliers.Length; j++)
        {
            value += constraints[j].Least * multipliers[j];
            magnitude += Math.Abs(constraints[j].Least * multipliers[j]);
        }

        for (var i = 0; i < c.Length; i++)
        {
            var (left, terms) = (c[i], Math.Abs(c[i]));
            for (var j = 0; j < multipliers.Length; j++)
            {
                var term = constraints[j].Coefficients[i] * multipliers[j];
                left -= term;
                terms += Math.Abs(term);
            }

            value += Math.Min(left * lower[i], left * upper[i]);
            magnitude += terms * Math.Max(Math.Abs(lower[i]), Math.Abs(upper[i]));
        }

        return double.IsFinite(value) ? value - (Rounding * magnitude) : double.NegativeInfinity;
    }

    static double Dot(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();
}
