using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>What the checks of the attacks on a defense look at.</summary>
/// <param name="Surface">The defense.</param>
/// <param name="Images">The test images.</param>
/// <param name="Threat">What the attacker may change.</param>
/// <param name="Attacks">The attacks it was evaluated with; at least one.</param>
/// <param name="Judge">Its judge.</param>
/// <param name="Found">What these attacks found.</param>
/// <param name="Options">Seed, batch size, budget, cancellation.</param>
sealed record CheckedDefense(
    AttackSurface Surface,
    LabeledImages Images,
    ThreatModel Threat,
    IReadOnlyList<IAttack> Attacks,
    Judge Judge,
    IReadOnlyList<Candidates> Found,
    EvaluationOptions Options)
{
    /// <summary>Whether the defense draws random numbers.</summary>
    public bool IsRandomized => Judge.IsRandomized;

    /// <summary>The options of an attack for a purpose, whose random numbers are its own.</summary>
    public AttackOptions For(string purpose, IProgress<double>? progress = null) => new()
    {
        Seed = Seeds.Of(Options.Seed, purpose),
        BatchSize = Options.BatchSize,
        Progress = progress,
        Cancellation = Options.Cancellation,
    };
}
