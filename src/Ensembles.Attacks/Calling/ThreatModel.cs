namespace Ensembles.Attacks;

/// <summary>The norm a perturbation is measured in.</summary>
public enum Norm
{
    /// <summary>The largest change of a pixel value.</summary>
    Linf,

    /// <summary>The Euclidean length of the change over all pixel values of an image.</summary>
    L2,
}

/// <summary>What the attacker may change: perturbations up to <see cref="Epsilon"/> in <see cref="Norm"/>, images staying in [0, 1].</summary>
public sealed record ThreatModel
{
    /// <summary>Creates a threat model.</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="epsilon">The radius, in units of pixel values in [0, 1]; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">An epsilon of 0 or below, or not finite.</exception>
    public ThreatModel(Norm norm, double epsilon)
    {
        if (!(epsilon > 0) || double.IsInfinity(epsilon))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon is a positive radius in units of pixel values, for example 0.3 for MNIST under Linf.");
        Norm = norm;
        Epsilon = epsilon;
    }

    /// <summary>The norm.</summary>
    public Norm Norm { get; }

    /// <summary>The radius, in units of pixel values in [0, 1].</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Norm} {Epsilon:0.####}");
}
