namespace Ensembles.Attacks;

/// <summary>What counts as a success for the attacker.</summary>
public enum Objective
{
    /// <summary>The image is accepted under a wrong label. Robust accuracy against it is the lenient one: a rejection is a success of the defender.</summary>
    Misclassify,

    /// <summary>The image does not get its right label: accepted under a wrong one, or rejected. Robust accuracy against it is the strict one.</summary>
    Disrupt,
}
