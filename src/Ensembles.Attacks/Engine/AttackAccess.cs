namespace Ensembles.Attacks;

/// <summary>What an attack learns of the defense.</summary>
public enum AttackAccess
{
    /// <summary>
    /// All of it, with gradients. A member without a gradient makes the attack throw before its first step.
    /// </summary>
    Gradients,

    /// <summary>Logits, scores and decisions.</summary>
    Scores,

    /// <summary>
    /// Decided labels, and nothing else: the scores it sees are 1 for the label and 0 for all other classes.
    /// </summary>
    Labels,
}
