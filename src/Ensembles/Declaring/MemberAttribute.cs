namespace Ensembles;

/// <summary>
/// Marks a partial property of an ensemble as a voting member. Its type is a <see cref="Classifier"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MemberAttribute : Attribute
{
    /// <summary>
    /// The member's weight under <see cref="WeightedMean"/>; positive. Weights are normalised to sum to 1.
    /// </summary>
    public double Weight { get; init; } = 1;
}
