namespace Ensembles.Attacks;

/// <summary>What counts as a success for the attacker.</summary>
public abstract record Criterion
{
    private protected Criterion()
    {
    }

    /// <summary>
    /// The image is accepted under a wrong label. Robust accuracy against it is the lenient one: a rejection is a success
    /// of the defender.
    /// </summary>
    public static Criterion Misclassified { get; } = new MisclassifiedCriterion();

    /// <summary>
    /// The image does not get its right label: accepted under a wrong one, or rejected. Robust accuracy against it is the
    /// strict one.
    /// </summary>
    public static Criterion Disrupted { get; } = new DisruptedCriterion();

    /// <summary>Its name in reports; seeds of draws follow from it too.</summary>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    sealed record MisclassifiedCriterion : Criterion
    {
        public override string Name => "Misclassify";
    }

    sealed record DisruptedCriterion : Criterion
    {
        public override string Name => "Disrupt";
    }
}
