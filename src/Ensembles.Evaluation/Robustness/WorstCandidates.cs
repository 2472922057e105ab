using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// What a defense survives of many candidates: finds the worst of them for each image and radius, and judges the
/// defense on that one.
/// </summary>
/// <remarks>
/// For a deterministic defense the two are one. A randomised defense has faced every candidate in k draws, and faces
/// the worst, as an attacker would choose it, in k fresh draws; only these count. If the first draws counted, the
/// minimum over many candidates would measure bad luck: a defense that survives nine draws in ten would soon survive no
/// image.
/// </remarks>
/// <param name="judge">Judges the defense.</param>
/// <param name="clean">What the defense survives before any attack.</param>
sealed class WorstCandidates(Judge judge, Survival clean)
{
    readonly Survival screened = clean.Copy();
    readonly Dictionary<(int Image, int Level), (Pick Lenient, Pick Strict)> worst = [];

    /// <summary>What the defense survives of the candidates so far, in the draws they were judged in.</summary>
    public Survival Screened => screened;

    /// <summary>Adds candidates that the defense was judged on.</summary>
    public void Add(JudgedCandidates judged)
    {
        foreach (var (row, level, lenient, strict) in judged.Outcomes)
        {
            var image = judged.Candidates.Indices[row];
            if (judge.Draws > 1)
                Remember((image, level), new(judged.Candidates, row, lenient), new(judged.Candidates, row, strict));
            screened.Lower(image, level, lenient, strict);
        }
    }

    /// <summary>What the defense survives of everything added.</summary>
    public Survival Settle()
    {
        if (judge.Draws == 1)
            return screened.Copy();

        using var scope = NewDisposeScope();
        var settled = clean.Copy();
        var picks = worst
            .OrderBy(entry => entry.Key)
            .SelectMany(entry => (Pick[])[entry.Value.Lenient, entry.Value.Strict], (entry, pick) =>
                (entry.Key.Image, entry.Key.Level, pick.Candidates, pick.Row))
            .Distinct()
            .ToArray();
        if (picks.Length == 0)
            return settled;
        var shown = cat([.. picks.Select(pick => pick.Candidates.Images.narrow(0, pick.Row, 1))]);
        var survived = judge.CountSurvivedDraws(shown, [.. picks.Select(pick => pick.Image)], "settle");
        foreach (var (pick, draws) in picks.Zip(survived))
            settled.Lower(pick.Image, pick.Level, draws.Lenient, draws.Strict);
        return settled;
    }

    void Remember((int Image, int Level) at, Pick lenient, Pick strict)
    {
        if (worst.TryGetValue(at, out var known))
        {
            lenient = lenient.Survived < known.Lenient.Survived ? lenient : known.Lenient;
            strict = strict.Survived < known.Strict.Survived ? strict : known.Strict;
        }
        worst[at] = (lenient, strict);
    }

    /// <summary>A candidate with the number of draws it was survived in.</summary>
    sealed record Pick(Candidates Candidates, int Row, int Survived);
}
