namespace Ensembles.Attacks;

/// <summary>What a restart does about the gates of ensembles among the members.</summary>
public enum InnerGates
{
    /// <summary>Nothing.</summary>
    Leave,

    /// <summary>
    /// Passes them all, so that every classifier votes: the attack on the ensemble with all of its classifiers and
    /// gates at one level.
    /// </summary>
    Pass,

    /// <summary>
    /// Passes those that guard a vote that meets the criterion, and raises those that guard another, so that it does
    /// not count.
    /// </summary>
    SilenceRight,
}

/// <summary>What one restart of a gradient attack increases.</summary>
public sealed record RestartLoss
{
    /// <summary>Against the vote; null to leave it alone.</summary>
    public VoteLoss? Vote { get; init; }

    /// <summary>
    /// The member whose margin alone is pushed in the first half of the steps, so that the rest begins at its
    /// adversarial images; null for none.
    /// </summary>
    public int? MemberFirst { get; init; }

    /// <summary>Whether the image must pass the gates too.</summary>
    public bool PassGates { get; init; }

    /// <summary>What is done about the gates of ensembles among the members.</summary>
    public InnerGates InnerGates { get; init; }

    /// <summary>The gate whose score is to rise, to have the image rejected; null for none.</summary>
    public int? RaiseGate { get; init; }

    /// <summary>
    /// Whether the vote is followed by the scores' own gradient in place of the surrogate's. A batch repeats restarts
    /// so where the defense has both (<see cref="AttackSurface.HasOwnGradient"/>).
    /// </summary>
    internal bool ByOwnGradient { get; init; }

    /// <summary>
    /// What an attack with one loss of the vote has to increase, each in a restart of its own: the vote and all gates
    /// at once or, where a rejection is enough, the vote alone and each gate alone.
    /// </summary>
    /// <param name="vote">The loss of the vote.</param>
    /// <param name="surface">The defense.</param>
    /// <param name="criterion">What counts as a success.</param>
    /// <param name="alarms">Whether the gates are to be raised too where a rejection is enough.</param>
    public static IReadOnlyList<RestartLoss> ForVoteAndGates(
        VoteLoss vote, AttackSurface surface, Criterion criterion, bool alarms = true)
    {
        RestartLoss[] votes = surface.InnerGates == 0
            ? [new() { Vote = vote }]
            :
            [
                new() { Vote = vote, InnerGates = InnerGates.Pass },
                new() { Vote = vote, InnerGates = InnerGates.SilenceRight },
            ];
        var gates = surface.RejectingGates;
        if (!criterion.IsMetByRejection)
            return [.. votes.Select(restart => restart with { PassGates = gates > 0 })];
        return
        [
            .. votes,
            .. Enumerable.Range(0, alarms ? gates : 0).Select(gate => new RestartLoss { RaiseGate = gate }),
        ];
    }

    /// <summary>
    /// The same for a loss of one target class at a time; where a rejection is enough, each gate is raised once.
    /// </summary>
    /// <param name="targets">How many targets, the likeliest on the clean image first.</param>
    /// <param name="loss">The loss of the vote for the target of a rank, from 0.</param>
    /// <param name="surface">The defense.</param>
    /// <param name="criterion">What counts as a success.</param>
    public static IReadOnlyList<RestartLoss> ForTargets(
        int targets, Func<int, VoteLoss> loss, AttackSurface surface, Criterion criterion) =>
    [
        .. Enumerable.Range(0, targets)
            .SelectMany(rank => ForVoteAndGates(loss(rank), surface, criterion, alarms: rank == 0)),
    ];
}
