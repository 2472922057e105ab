namespace Ensembles.Attacks;

/// <summary>Restarts go through several losses in turn, since no one loss breaks every ensemble.</summary>
sealed record AdaptiveLoss : AttackLoss
{
    const int LossesOfVote = 6;

    public override string Name => "Adaptive";

    /// <summary>
    /// The vote, past the gates. Where a rejection is enough: the vote alone and each gate alone, in turn.
    /// </summary>
    public override RestartLoss ForRestart(AttackSurface surface, Criterion criterion, int restart)
    {
        var gates = surface.RejectingGates;
        if (!criterion.IsMetByRejection)
            return AgainstAll(surface, restart) with { PassGates = gates > 0 };
        var (round, place) = Math.DivRem(restart, gates + 1);
        return place == 0 ? AgainstAll(surface, round) : new() { RaiseGate = place - 1 };
    }

    /// <summary>
    /// What is done about the gates of ensembles among the members: they are passed and used in turn, and every loss of
    /// the vote meets both.
    /// </summary>
    /// <param name="surface">The defense.</param>
    /// <param name="restart">Which restart, from 0.</param>
    /// <param name="losses">How many losses of the vote there are.</param>
    internal static InnerGates Against(AttackSurface surface, int restart, int losses) =>
        surface.InnerGates == 0 ? InnerGates.Leave
        : (restart + (losses % 2 == 0 ? restart / losses : 0)) % 2 == 0 ? InnerGates.Pass
        : InnerGates.SilenceRight;

    static RestartLoss AgainstAll(AttackSurface surface, int restart) =>
        AgainstVote(surface, restart) with { InnerGates = Against(surface, restart, LossesOfVote) };

    /// <summary>
    /// One member: its margin, which float32 cannot saturate, then cross-entropy. Several: one wrong label for all,
    /// then the vote's margin, another label, each member its own way, a majority alone, and all from where one member
    /// has fallen.
    /// </summary>
    static RestartLoss AgainstVote(AttackSurface surface, int restart)
    {
        if (surface.Members.Count == 1)
            return new() { Vote = restart % 2 == 0 ? Margin : CrossEntropy };
        var (round, place) = Math.DivRem(restart, LossesOfVote);
        return place switch
        {
            0 => new() { Vote = new Consensus(Rank: 0) },
            1 => new() { Vote = Margin },
            2 => new() { Vote = new Consensus(Rank: round + 1) },
            3 => new() { Vote = new MemberMargins() },
            4 => new() { Vote = new Consensus(Rank: 0) { Majority = round } },
            _ => new() { Vote = new Consensus(Rank: 0), MemberFirst = round % surface.Members.Count },
        };
    }
}
