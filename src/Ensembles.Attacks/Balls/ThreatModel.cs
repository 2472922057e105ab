namespace Ensembles.Attacks;

/// <summary>
/// What the attacker may change: perturbations up to <see cref="Epsilon"/> in <see cref="Norm"/>, images staying in
/// [0, 1].
/// </summary>
public sealed record ThreatModel
{
    /// <summary>Creates a threat model.</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="epsilon">The radius, in units of pixel values in [0, 1], or of pixels under L0; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// An epsilon of 0 or below, or not finite, or above 1 under Linf.
    /// </exception>
    public ThreatModel(Norm norm, double epsilon)
    {
        if (!(epsilon > 0) || double.IsInfinity(epsilon))
            throw new ArgumentOutOfRangeException(
                nameof(epsilon), epsilon,
                "Epsilon is a positive radius in units of pixel values, for example 0.3 for MNIST under Linf. An "
                + "attack that looks for the smallest perturbation takes ThreatModel.Unbounded(norm).");
        if (norm == Norm.Linf && epsilon > 1)
            throw new ArgumentOutOfRangeException(
                nameof(epsilon), epsilon,
                "Pixels lie in [0, 1], so an Linf radius above 1 limits nothing. A radius of 8 of 255 levels is "
                + "8 / 255.0.");
        (Norm, Epsilon) = (norm, epsilon);
    }

    ThreatModel(Norm norm) => (Norm, Epsilon) = (norm, double.PositiveInfinity);

    /// <summary>
    /// No radius: any image in [0, 1], the nearer to the clean one the better. Minimal-norm attacks take it, and the
    /// distances they return say which images stand at any radius. Attacks that search a ball refuse it.
    /// </summary>
    public static ThreatModel Unbounded(Norm norm) => new(norm);

    /// <summary>The norm.</summary>
    public Norm Norm { get; }

    /// <summary>
    /// The radius, in units of pixel values in [0, 1], or of pixels under L0; positive infinity where there is none.
    /// </summary>
    public double Epsilon { get; }

    /// <summary>Whether there is no radius.</summary>
    public bool IsUnbounded => double.IsPositiveInfinity(Epsilon);

    /// <inheritdoc/>
    public override string ToString() =>
        IsUnbounded ? $"{Norm} unbounded" : FormattableString.Invariant($"{Norm} {Epsilon:0.####}");
}
