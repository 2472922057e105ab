using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Which adversarial images broke each defense of a study, and whom else they break.</summary>
/// <param name="images">The test images.</param>
/// <param name="threat">What the attacker may change.</param>
sealed class MemberFalls(LabeledImages images, ThreatModel threat)
{
    /// <summary>
    /// The image that broke each clean image first: what was found against a defense by its own attacks and their
    /// checks, in order.
    /// </summary>
    public SortedDictionary<int, (Candidates Candidates, int Row)> First(MeasuredDefense defense)
    {
        var level = defense.Result.Survival.Level(threat.Epsilon);
        SortedDictionary<int, (Candidates, int)> first = [];
        foreach (var judged in defense.Found)
        {
            foreach (var outcome in judged.Outcomes)
            {
                if (outcome.Level <= level && defense.Judge.HasFallen(outcome.Lenient))
                    first.TryAdd(judged.Candidates.Indices[outcome.Row], (judged.Candidates, outcome.Row));
            }
        }

        return first;
    }

    /// <summary>
    /// What the attack on a defense ended with for each clean image: what broke it first, or else the last image of the
    /// ball that an attack tried; the clean image where none did.
    /// </summary>
    public Candidates EndedWith(MeasuredDefense defense)
    {
        Dictionary<int, (Candidates Candidates, int Row)> last = [];
        foreach (var candidates in defense.FoundByAttacks.Select(judged => judged.Candidates))
        {
            var distances = candidates.Distances(images.Images, threat.Norm);
            for (var row = 0; row < distances.Length; row++)
            {
                if (distances[row] <= threat.Epsilon + Candidates.Tolerance)
                    last[candidates.Indices[row]] = (candidates, row);
            }
        }

        foreach (var (image, broken) in First(defense))
            last[image] = broken;
        using var scope = NewDisposeScope();
        Tensor[] rows =
        [
            .. Enumerable.Range(0, images.Count).Select(image => last.TryGetValue(image, out var at)
                ? at.Candidates.Images.narrow(0, at.Row, 1)
                : images.Images.narrow(0, image, 1)),
        ];
        return new Candidates(
            $"what ended the attack on {defense.Name}", [.. Enumerable.Range(0, images.Count)],
            cat(rows).MoveToOuterDisposeScope());
    }

    /// <summary>What broke a defense first, as candidates; null where nothing did.</summary>
    public Candidates? Broken(MeasuredDefense defense)
    {
        var first = First(defense);
        if (first.Count == 0)
            return null;
        using var scope = NewDisposeScope();
        Tensor[] rows = [.. first.Values.Select(at => at.Candidates.Images.narrow(0, at.Row, 1))];
        return new Candidates($"what broke {defense.Name}", [.. first.Keys], cat(rows).MoveToOuterDisposeScope());
    }

    /// <summary>Which of some candidates a defense falls to, in most of its draws.</summary>
    public static bool[] Falls(MeasuredDefense defense, Candidates candidates) =>
    [
        .. defense.Judge.CountSurvivedDraws(candidates.Images, [.. candidates.Indices], candidates.Source)
            .Select(draws => defense.Judge.HasFallen(draws.Lenient)),
    ];

    /// <summary>Which clean images a defense gets right, in most of its draws.</summary>
    public static bool[] IsRight(MeasuredDefense defense) =>
        [.. defense.Result.Survival.Lenient[0].Select(draws => !defense.Judge.HasFallen(draws))];
}
