namespace Ensembles;

/// <summary>From what was measured to what a plan does.</summary>
static class FastestChoices
{
    /// <summary>Stacking that gains less than this is not taken: it could be noise.</summary>
    const double Worthwhile = 0.97;

    /// <summary>
    /// Batches are never split into smaller parts, whose turns are the shortest and tell the least: a linear layer
    /// reads its weights once for all images of a part.
    /// </summary>
    const int SmallestPart = 8;

    /// <summary>
    /// Of all choices that take longer than the members' own forward for no batch that was measured, those with the
    /// least time, as the mean of its logarithm over the batches. There always is one: the own forward.
    /// </summary>
    /// <param name="rows">Parts, each a multiple of the one before it.</param>
    public static PlanChoices Of(IReadOnlyList<MeasuredPart> rows)
    {
        int[] parts = [.. rows.Select(row => row.Part)];
        var fastest = Candidates(parts, rows[0])
            .Where(choices => rows.All(row => Milliseconds(rows, row.Part, choices) <= row.Baseline))
            .MinBy(choices => rows.Sum(row => Math.Log(Milliseconds(rows, row.Part, choices, handicap: Worthwhile))))!;
        return fastest with { Part = Math.Max(fastest.Part, SmallestPart) };
    }

    /// <summary>The simplest come first, and win where others are no faster.</summary>
    static IEnumerable<PlanChoices> Candidates(int[] parts, MeasuredPart measured) =>
        from layout in new[] { ConvolutionPath.ChannelsLast, ConvolutionPath.Plain, ConvolutionPath.Own }
        where measured.On(layout) is not null
        from part in parts.Where(p => p >= SmallestPart || p == parts[^1]).Reverse()
        from stackUpTo in parts.Where(p => p <= part).Prepend(0)
        select new PlanChoices(
            layout is ConvolutionPath.ChannelsLast, part, stackUpTo, layout is ConvolutionPath.Own);

    /// <summary>What a batch takes, computed part by part.</summary>
    static double Milliseconds(
        IReadOnlyList<MeasuredPart> rows, int batch, PlanChoices choices, double handicap = 1)
    {
        var part = Math.Min(batch, choices.Part);
        var path = rows.First(row => row.Part == part).On(choices.Layout)!;
        return (part <= choices.StackUpTo ? path.Stacked / handicap : path.Separate) * batch / part;
    }
}
