using System.Text.Json.Serialization;

namespace Ensembles.Evaluation;

/// <summary>
/// What the ensemble does with its gates at other rates than the stated ones, replayed on all adversarial images of a
/// study; figures are means over draws.
/// </summary>
/// <remarks>
/// The images were made against the stated thresholds. Robust accuracy at any other is an upper bound, which an attack
/// on the ensemble with that threshold can only lower.
/// </remarks>
/// <param name="Factor">What the stated rates are multiplied by; 1 is the ensemble as it is.</param>
/// <param name="Rates">The rates of the ensemble's own gates, in order of declaration.</param>
/// <param name="Clean">Clean images that are right and accepted.</param>
/// <param name="Coverage">Clean images that are accepted.</param>
/// <param name="Lenient">Images that stay right, or are rejected when they are perturbed.</param>
/// <param name="Strict">Images that stay right and accepted.</param>
public sealed record GatePoint(
    double Factor, IReadOnlyList<double> Rates, Rate Clean, Rate Coverage, Rate Lenient, Rate Strict)
{
    /// <summary>Whether the gates have their stated rates.</summary>
    [JsonIgnore]
    public bool IsStated => Factor == 1;
}
