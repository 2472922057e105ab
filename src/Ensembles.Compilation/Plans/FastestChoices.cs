namespace Ensembles;

/// <summary>From what was measured to what a plan does.</summary>
static class FastestChoices
{
    /// <summary>Fusing or stacking that gains less than this is not taken: it could be noise.</summary>
    const double Worthwhile = 0.97;

    /// <summary>
    /// Of all choices that take longer than the members' own forward for no batch that was measured, those with the
    /// least time, as the mean of its logarithm over the batches. There always is one: the own forward.
    /// </summary>
    /// <param name="rows">Parts, each a multiple of the one before it.</param>
    public static PlanChoices Of(IReadOnlyList<MeasuredPart> rows)
    {
        int[] parts = [.. rows.Select(row => row.Part)];
        return Candidates(rows, parts)
            .Where(choices => rows.All(row => Milliseconds(rows, row.Part, choices) <= row.Baseline))
            .MinBy(choices => rows.Sum(row => Math.Log(Milliseconds(rows, row.Part, choices, handicap: Worthwhile))))!;
    }

    /// <summary>The simplest come first, and win where others are no faster.</summary>
    static IEnumerable<PlanChoices> Candidates(IReadOnlyList<MeasuredPart> rows, int[] parts) =>
        from layout in new[] { ConvolutionPath.ChannelsLast, ConvolutionPath.Plain, ConvolutionPath.Own }
        from part in parts.Reverse()
        from fuseUpTo in rows[0].On(ConvolutionPath.Fused) is null ? [0] : parts.Where(p => p <= part).Prepend(0)
        from stackUpTo in parts.Where(p => p <= part).Prepend(0)
        select new PlanChoices(
            layout is ConvolutionPath.ChannelsLast, part, stackUpTo, fuseUpTo, layout is ConvolutionPath.Own);

    /// <summary>What a batch takes, computed part by part.</summary>
    static double Milliseconds(
        IReadOnlyList<MeasuredPart> rows, int batch, PlanChoices choices, double handicap = 1)
    {
        var part = Math.Min(batch, choices.Part);
        var (isFused, isStacked) = (part <= choices.FuseUpTo, part <= choices.StackUpTo);
        var path = rows.First(row => row.Part == part).On(isFused ? ConvolutionPath.Fused : choices.Layout)!;
        return (isStacked ? path.Stacked / handicap : path.Separate) / (isFused ? handicap : 1) * batch / part;
    }
}
