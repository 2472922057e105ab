using System.Runtime.CompilerServices;

namespace Ensembles.Defenses;

/// <summary>Checks the weights of terms.</summary>
static class Weights
{
    /// <exception cref="ArgumentOutOfRangeException">A weight below 0, or none.</exception>
    public static double Checked(double weight, [CallerArgumentExpression(nameof(weight))] string name = "") =>
        weight is >= 0 and < double.PositiveInfinity
            ? weight
            : throw new ArgumentOutOfRangeException(name, weight, "A weight is 0 or more, and finite.");
}
