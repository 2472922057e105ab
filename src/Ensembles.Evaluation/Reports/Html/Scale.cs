namespace Ensembles.Evaluation;

/// <summary>Round numbers for axes.</summary>
static class Scale
{
    /// <summary>Multiples of 1, 2 or 5 times a power of ten in [low, high], about as many as asked for.</summary>
    public static IEnumerable<double> Ticks(double low, double high, int about)
    {
        var rough = (high - low) / about;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        for (var i = Math.Ceiling(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
            yield return i == 0 ? 0 : i * step;
    }
}
