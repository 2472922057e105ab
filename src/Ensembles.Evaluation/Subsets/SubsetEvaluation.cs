using System.Numerics;
using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Replays all subsets of an ensemble's components, and its gates at other rates.</summary>
static class SubsetEvaluation
{
    /// <summary>Asks every component once, and lets subsets and gates decide on what they said.</summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="images">The test images.</param>
    /// <param name="validation">The clean images that gates are calibrated on; null where there are no gates.</param>
    /// <param name="threat">Adversarial images outside its ball are left out.</param>
    /// <param name="found">Adversarial images, whatever they were made against.</param>
    /// <param name="options">Seed, draws, batch size, cancellation.</param>
    public static ReplayedFigures Replay(
        Ensemble ensemble, LabeledImages images, Tensor? validation, ThreatModel threat,
        IEnumerable<Candidates> found, EvaluationOptions options)
    {
        var surface = ensemble.Surface;
        if (surface.Members.Count + surface.Gates.Count < 2)
            return new ReplayedFigures(null, []);
        var inside = found.Select(candidates => Inside(candidates, images, threat))
            .Where(candidates => candidates.Indices.Count > 0).ToList();
        using var outputs = ComponentOutputs.Ask(surface, images.Images, inside, options);
        inside.ForEach(candidates => candidates.Dispose());

        var labels = HostMemory.ReadLongs(images.Labels);
        return new ReplayedFigures(
            Subsets(ensemble, images, outputs, labels, options),
            GateReplay.Curve(ensemble, outputs, labels, validation, options));
    }

    static SubsetFigures? Subsets(
        Ensemble ensemble, LabeledImages images, ComponentOutputs outputs, long[] labels, EvaluationOptions options)
    {
        string[] names = [.. outputs.Members, .. outputs.Gates];
        if (names.Length > SubsetFigures.MostComponents)
            return null;
        var replay = new SubsetReplay(ensemble.Components, outputs, labels);
        string[] Team(int mask) => [.. names.Where((_, i) => (mask >> i & 1) == 1)];
        SubsetSurvival[] survived =
        [
            .. Enumerable.Range(0, 1 << names.Length).Select(mask => replay.Survived(Team(mask))),
        ];
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
                    .Where(mask => BitOperations.TrailingZeroCount(mask) < outputs.Members.Count)
                    .Select(mask => new ReplayedSubset(
                        Team(mask), Rate.OfMean(survived[mask].Clean), Rate.OfMean(survived[mask].Accepted),
                        Rate.OfMean(survived[mask].Lenient), Rate.OfMean(survived[mask].Strict))),
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

/// <summary>What was replayed on all adversarial images of a study.</summary>
/// <param name="Subsets">
/// Every subset; null where there is one component, or more than <see cref="SubsetFigures.MostComponents"/>.
/// </param>
/// <param name="GateCurve">The gates at other rates; empty where there are none.</param>
sealed record ReplayedFigures(SubsetFigures? Subsets, IReadOnlyList<GatePoint> GateCurve);
