namespace Ensembles.Attacks;

/// <summary>Random points of the ball, the best of them kept.</summary>
public abstract record RandomSearch : Attack
{
    private protected RandomSearch()
    {
    }

    /// <summary>Random points tried for each image; at least 1.</summary>
    public int Tries { get; init; } = 50;

    /// <inheritdoc/>
    protected override AttackAccess Access => AttackAccess.Scores;

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured() => ArgumentOutOfRangeException.ThrowIfLessThan(Tries, 1);

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(Tries, active =>
    {
        MoveToRandom(active);
        active.Evaluate();
        active.ReportProgress(1);
    });

    /// <summary>Moves every image to a random point.</summary>
    private protected abstract void MoveToRandom(ActiveSet active);
}
