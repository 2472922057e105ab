namespace Ensembles.Evaluation;

/// <summary>
/// One run of one attack on one defense at one radius: its cost, and whether its claims can be trusted.
/// </summary>
/// <param name="Defense">The name of the defense attacked.</param>
/// <param name="Attack">The attack with its budget.</param>
/// <param name="Criterion">What the attacker was after.</param>
/// <param name="Epsilon">The radius.</param>
/// <param name="Attacked">Images attacked: those whose fate at this radius was still open.</param>
/// <param name="Claimed">Perturbed images for which the attack claims success.</param>
/// <param name="Confirmed">Those of them that change the exact decision when it is evaluated again.</param>
/// <param name="Forwards">Images the attack passed forward through the defense, each draw counted.</param>
/// <param name="Backwards">Images the attack passed backward through the defense, each draw counted.</param>
/// <param name="Seconds">Wall-clock time.</param>
/// <param name="Fault">Why the result says nothing about robustness; null when it does.</param>
public sealed record AttackRecord(
    string Defense,
    string Attack,
    string Criterion,
    double Epsilon,
    int Attacked,
    int Claimed,
    int Confirmed,
    long Forwards,
    long Backwards,
    double Seconds,
    string? Fault)
{
    /// <summary>Reasons the attack gives to doubt its own result; empty when there are none.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
