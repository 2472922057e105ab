using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// The images that a defense has survived so far in every draw, those first that came nearest to falling: for each the
/// smallest margin s_y - max_{k != y} s_k of the vote's scores over its candidates, the mean over draws.
/// </summary>
static class Survivors
{
    /// <summary>The indices of the images.</summary>
    /// <param name="defense">The defense with what was found against it.</param>
    /// <param name="survived">What it has survived.</param>
    public static int[] NearestFirst(CheckedDefense defense, Survival survived)
    {
        var level = survived.Level(defense.Threat.Epsilon);
        int[] standing =
        [
            .. Enumerable.Range(0, defense.Images.Count)
                .Where(image => survived.Lenient[level][image] == survived.Draws),
        ];
        if (standing.Length <= AttackRounds.ImagesAtFirst)
            return standing;
        var margins = new float[defense.Images.Count];
        Array.Fill(margins, float.PositiveInfinity);
        foreach (var candidates in defense.Found)
            Lower(margins, defense, candidates, standing);
        return [.. standing.OrderBy(image => margins[image])];
    }

    static void Lower(float[] margins, CheckedDefense defense, Candidates candidates, int[] standing)
    {
        var wanted = standing.ToHashSet();
        int[] rows =
            [.. Enumerable.Range(0, candidates.Indices.Count).Where(row => wanted.Contains(candidates.Indices[row]))];
        var draws = defense.Judge.Draws;
        foreach (var some in rows.Chunk(Math.Max(1, defense.Options.BatchSize / draws)))
        {
            defense.Options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            int[] images = [.. some.Select(row => candidates.Indices[row])];
            manual_seed(Seeds.Of(defense.Options.Seed, "nearest"));
            using var output = defense.Surface.Evaluate(
                candidates.Images.index_select(0, HostMemory.Index(some, candidates.Images.device)), draws);
            var labels = defense.Images.Labels.index_select(0, HostMemory.Index(images, defense.Images.Labels.device));
            var lead = Margins.Lead(output.Scores, labels.repeat(draws)).view(draws, -1).mean([0]);
            var leads = lead.to_type(ScalarType.Float32).cpu().data<float>().ToArray();
            for (var i = 0; i < some.Length; i++)
                margins[images[i]] = Math.Min(margins[images[i]], leads[i]);
        }
    }
}
