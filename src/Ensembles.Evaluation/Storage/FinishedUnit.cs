namespace Ensembles.Evaluation;

/// <summary>
/// A finished part of a study as it is stored: one defense after the attacks at one radius, after a check of them, or
/// after all replays.
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

    /// <summary>Checksum of the images of <see cref="Found"/>.</summary>
    public string ImagesChecksum { get; init; } = "";

    /// <summary>
    /// What the defense survives if only the candidates made against the whole are replayed; null in a unit of attacks.
    /// </summary>
    public Survival? Replay { get; init; }

    /// <summary>What the defense survives of everything but for what checks found, in a unit of all replays.</summary>
    public Survival? WithoutChecks { get; init; }

    /// <summary>What beside the attacks broke images, in a unit of all replays.</summary>
    public IReadOnlyList<Lowering> Lowered { get; init; } = [];

    /// <summary>Whether the check passed whose unit this is; null in any other unit.</summary>
    public bool? Passed { get; init; }

    /// <summary>What that check found, in words.</summary>
    public string? Finding { get; init; }
}

/// <summary>Judged candidates without their images.</summary>
/// <param name="Source">Where they come from.</param>
/// <param name="Indices">For each, the index of the clean image it perturbs.</param>
/// <param name="Outcomes">How the defense they were made against withstood them.</param>
sealed record StoredCandidates(string Source, int[] Indices, IReadOnlyList<CandidateOutcome> Outcomes);
