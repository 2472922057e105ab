namespace Ensembles.Evaluation;

/// <summary>
/// A finished part of a study as it is stored: one defense after the attacks at one radius, or after all replays.
/// </summary>
sealed record FinishedUnit
{
    /// <summary>Fingerprint of everything the unit depends on.</summary>
    public required string Key { get; init; }

    /// <summary>The defense's name.</summary>
    public required string Defense { get; init; }

    /// <summary>What the defense has survived so far.</summary>
    public required Survival Survival { get; init; }

    /// <summary>For each clean image, the draws in which it is accepted.</summary>
    public required int[] Accepted { get; init; }

    /// <summary>The attacks run in this unit.</summary>
    public IReadOnlyList<AttackRecord> Records { get; init; } = [];

    /// <summary>The candidates found in this unit; their images are stored beside it.</summary>
    public IReadOnlyList<StoredCandidates> Found { get; init; } = [];

    /// <summary>
    /// What the defense survives if only the candidates made against the whole are replayed; null in a unit of attacks.
    /// </summary>
    public Survival? Replay { get; init; }
}

/// <summary>Judged candidates without their images.</summary>
/// <param name="Source">Where they come from.</param>
/// <param name="Indices">For each, the index of the clean image it perturbs.</param>
/// <param name="Outcomes">How the defense they were made against withstood them.</param>
sealed record StoredCandidates(string Source, int[] Indices, IReadOnlyList<CandidateOutcome> Outcomes);

/// <summary>The checks of an attack as they are stored.</summary>
sealed record FinishedChecks(string Key, IReadOnlyList<SanityCheck> Checks);
