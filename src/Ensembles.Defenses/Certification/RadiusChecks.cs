namespace Ensembles.Defenses;

/// <summary>What a search for radii may be asked for.</summary>
static class RadiusChecks
{
    /// <exception cref="ArgumentOutOfRangeException">No such radius or tolerance; the message says which.</exception>
    public static void ThrowIfInvalid(double largestRadius, double tolerance)
    {
        if (largestRadius is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(largestRadius), largestRadius, "Pixels lie in [0, 1], so a radius in Linf is in (0, 1].");
        if (tolerance is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(tolerance), tolerance, "The tolerance of a radius is positive, for example 0.001.");
    }
}
