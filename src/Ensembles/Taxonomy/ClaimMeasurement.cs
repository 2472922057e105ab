namespace Ensembles;

/// <summary>
/// What <see cref="IStrength.Measure"/> found: one quantity on the defense and on its undefended twin.
/// </summary>
/// <param name="Quantity">What was measured, for example "mean input-Jacobian norm over mean margin".</param>
/// <param name="Defense">The quantity on the defense.</param>
/// <param name="Twin">The quantity on the undefended twin.</param>
/// <param name="Holds">Whether the claimed strength shows.</param>
public sealed record ClaimMeasurement(string Quantity, double Defense, double Twin, bool Holds)
{
    /// <summary>
    /// What the quantity on the defense has to reach, from whichever side is the better one; null where the claim
    /// depends on more than that.
    /// </summary>
    public double? Required { get; init; }
}
