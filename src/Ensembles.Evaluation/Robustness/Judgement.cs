using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Judges a defense on many candidates: finds for each image and radius the worst of them, then judges the defense on that one.
/// </summary>
/// <remarks>
/// For a deterministic defense the two are one. A randomised defense is shown every candidate in k draws, and the worst, as an attacker
/// would choose it, again in k fresh draws; only these count. Were the first draws the judgement, the minimum over many candidates
/// would be one of bad luck: a defense that survives nine draws of ten would survive no image for long.
/// </remarks>
sealed class Judgement
{
    readonly Trial trial;
    readonly Survival screened;
    readonly Dictionary<(int Image, int Level), (Pick Lenient, Pick Strict)> worst = [];

    public Judgement(Trial trial)
    {
        this.trial = trial;
        screened = trial.Clean.Copy();
    }

    /// <summary>Shows the defense candidates; those outside the largest radius are ignored, and so are those of images whose fate is known.</summary>
    public void Screen(Candidates candidates)
    {
        foreach (var (row, level, lenient, strict) in trial.Show(candidates, screened))
        {
            var image = candidates.Indices[row];
            if (trial.Draws > 1)
                Remember(image, level, new Pick(candidates, row, lenient), new Pick(candidates, row, strict));
            screened.Lower(image, level, lenient, strict);
        }
    }

    /// <summary>What the defense survives of everything it was shown.</summary>
    public Survival Settle()
    {
        if (trial.Draws == 1)
            return screened.Copy();

        using var scope = NewDisposeScope();
        var settled = trial.Clean.Copy();
        var picks = worst.OrderBy(entry => entry.Key)
            .SelectMany(entry => new[] { (entry.Key.Image, entry.Key.Level, entry.Value.Lenient.Candidates, entry.Value.Lenient.Row), (entry.Key.Image, entry.Key.Level, entry.Value.Strict.Candidates, entry.Value.Strict.Row) })
            .Distinct()
            .ToArray();
        if (picks.Length == 0)
            return settled;
        var shown = cat([.. picks.Select(pick => pick.Candidates.Images.narrow(0, pick.Row, 1))]);
        var outcomes = trial.Count(shown, [.. picks.Select(pick => pick.Image)], "settle");
        for (var i = 0; i < picks.Length; i++)
            settled.Lower(picks[i].Image, picks[i].Level, outcomes[i].Lenient, outcomes[i].Strict);
        return settled;
    }

    void Remember(int image, int level, Pick lenient, Pick strict)
    {
        if (!worst.TryGetValue((image, level), out var known))
            worst[(image, level)] = (lenient, strict);
        else
            worst[(image, level)] = (lenient.Count < known.Lenient.Count ? lenient : known.Lenient, strict.Count < known.Strict.Count ? strict : known.Strict);
    }

    /// <summary>A candidate with the number of draws it was survived in.</summary>
    sealed record Pick(Candidates Candidates, int Row, int Count);
}
