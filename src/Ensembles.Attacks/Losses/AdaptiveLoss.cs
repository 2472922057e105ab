namespace Ensembles.Attacks;

/// <summary>Restarts go through several losses in turn, since no one loss breaks every ensemble.</summary>
sealed record AdaptiveLoss : AttackLoss
{
    public override string Name => "Adaptive";

    /// <summary>
    /// The vote, past the gates. Where a rejection is enough: the vote alone and each gate alone, in turn.
    /// </summary>
    public override RestartLoss ForRestart(AttackSurface surface, Criterion criterion, int restart)
    {
        if (!criterion.IsMetByRejection)
            return AgainstVote(surface, restart) with { PassGates = surface.Gates.Count > 0 };
        var (round, place) = Math.DivRem(restart, surface.Gates.Count + 1);
        return place == 0 ? AgainstVote(surface, round) : new() { RaiseGate = place - 1 };
    }

    /// <summary>
    /// One member: its margin, which float32 cannot saturate, then cross-entropy. Several: one wrong label for all,
    /// then the vote's margin, another label, each member its own way, a majority alone, and all from where one member
    /// has fallen.
    /// </summary>
    static RestartLoss AgainstVote(AttackSurface surface, int restart)
    {
        if (surface.Members.Count == 1)
            return new() { Vote = restart % 2 == 0 ? Margin : CrossEntropy };
        var (round, place) = Math.DivRem(restart, 6);
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
