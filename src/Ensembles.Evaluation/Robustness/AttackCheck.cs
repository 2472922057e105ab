namespace Ensembles.Evaluation;

/// <summary>One check of the attacks on a defense, to be run.</summary>
/// <param name="Name">What should hold.</param>
/// <param name="Run">
/// Runs it on what the defense has survived so far of everything that anything found, and takes the share of its work
/// that is done.
/// </param>
sealed record AttackCheck(string Name, Func<Survival, IProgress<double>, CheckOutcome> Run);

/// <summary>What a check found.</summary>
/// <param name="Passed">Whether what should hold does.</param>
/// <param name="Finding">The numbers behind it.</param>
/// <param name="Found">The images it made inside the threat model, judged: whatever breaks an image counts.</param>
sealed record CheckOutcome(bool Passed, string Finding, IReadOnlyList<JudgedCandidates> Found)
{
    /// <summary>The outcome of a check that makes no images.</summary>
    public CheckOutcome(bool passed, string finding)
        : this(passed, finding, [])
    {
    }
}
