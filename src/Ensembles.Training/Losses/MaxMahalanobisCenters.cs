using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// The corners of a regular simplex (Pang et al. 2020 [25]): K unit vectors with the least largest cosine there is,
/// -1/(K - 1) between any two.
/// </summary>
public static class MaxMahalanobisCenters
{
    /// <summary>Unit centers m_k, float32 [K, D].</summary>
    /// <remarks>
    /// m_0 = e_0; for k >= 1 and j &lt; k: m_k[j] = -(1/(K - 1) + &lt;m_k, m_j&gt;) / m_j[j], and m_k[k] = sqrt(max(0,
    /// 1 - ||m_k||^2)), each over the coordinates that are set.
    /// </remarks>
    /// <param name="classes">K, 2 or more.</param>
    /// <param name="dimensions">D, K - 1 or more: a simplex of K corners does not fit into less.</param>
    /// <exception cref="ArgumentException">Too few classes or dimensions.</exception>
    public static Tensor Unit(int classes, int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (dimensions < classes - 1)
            throw new ArgumentException(
                $"{classes} centers as far apart as can be need {classes - 1} features; the network has {dimensions}.",
                nameof(dimensions));

        var m = new double[classes, dimensions];
        m[0, 0] = 1;
        for (var k = 1; k < classes; k++)
        {
            for (var j = 0; j < k; j++)
                m[k, j] = -((1.0 / (classes - 1)) + Product(m, k, j)) / m[j, j];
            // The last corner has no coordinate of its own left: it is the opposite of all others.
            if (k < dimensions)
                m[k, k] = Math.Sqrt(Math.Max(0, 1 - Product(m, k, k)));
        }

        using var wide = tensor(m);
        return wide.to_type(ScalarType.Float32);
    }

    static double Product(double[,] m, int a, int b)
    {
        var sum = 0.0;
        for (var i = 0; i < m.GetLength(1); i++)
            sum += m[a, i] * m[b, i];
        return sum;
    }
}
