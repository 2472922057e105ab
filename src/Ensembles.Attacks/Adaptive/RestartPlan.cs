namespace Ensembles.Attacks;

/// <summary>Which aim each restart follows. Restarts cycle through several, since no one loss breaks every ensemble.</summary>
static class RestartPlan
{
    /// <summary>The aim of a restart against a surface under a loss and an objective.</summary>
    public static Aim Aim(AttackSurface surface, AttackLoss loss, Objective objective, int restart) => loss switch
    {
        AttackLoss.CrossEntropy => Aims.CrossEntropy,
        AttackLoss.Margin => Aims.VoteMargin,
        AttackLoss.Adaptive when surface.Gates.Count == 0 => Vote(surface, restart),
        AttackLoss.Adaptive when objective == Objective.Misclassify => Aims.PastTheGates(Vote(surface, restart)),
        AttackLoss.Adaptive => VoteOrGate(surface, restart),
        _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, "The loss is Adaptive, CrossEntropy or Margin."),
    };

    /// <summary>One member: the margin, which float32 cannot saturate, then cross-entropy. Several: the vote as a whole, then the members.</summary>
    static Aim Vote(AttackSurface surface, int restart)
    {
        if (surface.Members.Count == 1)
            return restart % 2 == 0 ? Aims.VoteMargin : Aims.CrossEntropy;
        var rank = restart / 4;
        return (restart % 4) switch
        {
            0 => Aims.VoteMargin,
            1 => Aims.CommonTarget(rank, majority: false),
            2 => Aims.CommonTarget(rank, majority: true),
            _ => Aims.MemberMargins,
        };
    }

    /// <summary>To disrupt, a rejection is enough: the vote alone, and in turn each gate alone.</summary>
    static Aim VoteOrGate(AttackSurface surface, int restart)
    {
        var gates = surface.Gates.Count;
        var (round, place) = Math.DivRem(restart, gates + 1);
        return place == 0 ? Vote(surface, round) : Aims.RaiseGate(place - 1);
    }
}
