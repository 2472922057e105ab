namespace Ensembles.Attacks;

/// <summary>What an attack learns of the defense.</summary>
enum Access
{
    /// <summary>All of it, with gradients.</summary>
    Gradient,

    /// <summary>Logits, scores and decisions.</summary>
    Scores,

    /// <summary>Decided labels, and nothing else.</summary>
    Labels,
}
