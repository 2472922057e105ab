namespace Ensembles.Attacks;

/// <summary>What each restart aims at. Restarts cycle through several aims, since no one loss breaks every ensemble.</summary>
static class RestartPlan
{
    /// <summary>The aim of a restart against a surface, under a loss and a criterion.</summary>
    public static Aim Aim(AttackSurface surface, AttackLoss loss, Criterion criterion, int restart) => loss switch
    {
        AttackLoss.CrossEntropy => new() { Vote = VoteAims.CrossEntropy },
        AttackLoss.Margin => new() { Vote = VoteAims.Margin },
        AttackLoss.Adaptive when criterion == Criterion.Misclassified => Misclassify(surface, restart),
        AttackLoss.Adaptive => Disrupt(surface, restart),
        _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, "The loss is Adaptive, CrossEntropy or Margin."),
    };

    /// <summary>
    /// What an attack with one loss of the vote has to aim at, each in a restart of its own: to misclassify, the vote and all gates at once; to disrupt,
    /// the vote alone and, where <paramref name="gates"/> says so, each gate alone.
    /// </summary>
    public static IEnumerable<Aim> With(VoteAim vote, AttackSurface surface, Criterion criterion, bool gates = true)
    {
        if (criterion == Criterion.Misclassified)
            return [new() { Vote = vote, PassGates = surface.Gates.Count > 0 }];
        var alarms = Enumerable.Range(0, gates ? surface.Gates.Count : 0).Select(gate => new Aim { RaiseGate = gate });
        return [new() { Vote = vote }, .. alarms];
    }

    static Aim Misclassify(AttackSurface surface, int restart) => Vote(surface, restart) with { PassGates = surface.Gates.Count > 0 };

    /// <summary>To disrupt, a rejection is enough: the vote alone and each gate alone, in turn.</summary>
    static Aim Disrupt(AttackSurface surface, int restart)
    {
        var (round, place) = Math.DivRem(restart, surface.Gates.Count + 1);
        return place == 0 ? Vote(surface, round) : new() { RaiseGate = place - 1 };
    }

    /// <summary>
    /// One member: its margin, which float32 cannot saturate, then cross-entropy. Several: one wrong label for all, then the vote's margin, another label,
    /// each member its own way, a majority alone, and all from where one member has fallen.
    /// </summary>
    static Aim Vote(AttackSurface surface, int restart)
    {
        if (surface.Members.Count == 1)
            return new() { Vote = restart % 2 == 0 ? VoteAims.Margin : VoteAims.CrossEntropy };
        var (round, place) = Math.DivRem(restart, 6);
        return place switch
        {
            0 => new() { Vote = VoteAims.Consensus(rank: 0) },
            1 => new() { Vote = VoteAims.Margin },
            2 => new() { Vote = VoteAims.Consensus(rank: round + 1) },
            3 => new() { Vote = VoteAims.MemberMargins },
            4 => new() { Vote = VoteAims.Consensus(rank: 0) with { Majority = round } },
            _ => new() { Vote = VoteAims.Consensus(rank: 0), MemberFirst = round % surface.Members.Count },
        };
    }
}
