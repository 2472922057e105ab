using System.Numerics;
using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>Replays all subsets of an ensemble's components.</summary>
static class SubsetEvaluation
{
    /// <summary>
    /// The figures of all subsets; null where there is one component, or more than
    /// <see cref="SubsetFigures.MostComponents"/>.
    /// </summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="images">The test images.</param>
    /// <param name="threat">Adversarial images outside its ball are left out.</param>
    /// <param name="found">Adversarial images, whatever they were made against.</param>
    /// <param name="options">Seed, draws, batch size, cancellation.</param>
    public static SubsetFigures? Replay(
        Ensemble ensemble, LabeledImages images, ThreatModel threat, IEnumerable<Candidates> found,
        EvaluationOptions options)
    {
        var surface = ensemble.Surface;
        string[] names = [.. surface.Members, .. surface.Gates];
        if (names.Length is < 2 or > SubsetFigures.MostComponents)
            return null;
        var inside = found.Select(candidates => Inside(candidates, images, threat))
            .Where(candidates => candidates.Indices.Count > 0).ToList();
        using var outputs = ComponentOutputs.Ask(surface, images.Images, inside, options);
        inside.ForEach(candidates => candidates.Dispose());

        var replay = new SubsetReplay(ensemble.Components, outputs, HostMemory.ReadLongs(images.Labels));
        string[] Team(int mask) => [.. names.Where((_, i) => (mask >> i & 1) == 1)];
        SubsetSurvival[] survived =
        [
            .. Enumerable.Range(0, 1 << names.Length).Select(mask => replay.Survived(Team(mask))),
        ];
        Rate Mean(double[] shares) => Rate.Of(Math.Min(shares.Length, shares.Sum()), shares.Length);
        // A share of means is the mean of the images' shares.
        double[] Worth(int image) => [.. survived.Select(team => team.Lenient[image])];
        var shares = Enumerable.Range(0, images.Count).Select(image => Shapley.Shares(Worth(image))).ToArray();
        (int I, int J)[] pairs =
        [
            .. from i in Enumerable.Range(0, names.Length)
               from j in Enumerable.Range(i + 1, names.Length - i - 1)
               select (i, j),
        ];
        return new SubsetFigures
        {
            Components = names,
            Subsets =
            [
                .. Enumerable.Range(0, survived.Length)
                    .Where(mask => BitOperations.TrailingZeroCount(mask) < surface.Members.Count)
                    .Select(mask => new ReplayedSubset(
                        Team(mask), Mean(survived[mask].Clean), Mean(survived[mask].Accepted),
                        Mean(survived[mask].Lenient), Mean(survived[mask].Strict))),
            ],
            Shares = [.. names.Select((name, i) => new ComponentShare(
                name, Estimate.Bootstrap([.. shares.Select(share => share[i])], options.Seed)))],
            Pairs = [.. pairs.Select(pair => new PairShare(
                names[pair.I], names[pair.J], Estimate.Bootstrap(
                    [.. Enumerable.Range(0, images.Count)
                        .Select(image => Shapley.Interaction(Worth(image), pair.I, pair.J))],
                    options.Seed)))],
            Replayed = outputs.Images.Length - images.Count,
            Draws = outputs.Draws,
        };
    }

    /// <summary>Those of some candidates that lie in the threat's ball.</summary>
    static Candidates Inside(Candidates all, LabeledImages images, ThreatModel threat)
    {
        var distances = all.Distances(images.Images, threat.Norm);
        int[] rows =
        [
            .. Enumerable.Range(0, distances.Length)
                .Where(row => distances[row] <= threat.Epsilon + Candidates.Tolerance),
        ];
        using var index = HostMemory.Index(rows, all.Images.device);
        return new Candidates(
            all.Source, [.. rows.Select(row => all.Indices[row])], all.Images.index_select(0, index));
    }
}
