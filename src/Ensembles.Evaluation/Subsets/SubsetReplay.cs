using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Lets subsets of an ensemble's components decide on what all of them said once: n components make 2^n ensembles, and
/// cost one pass.
/// </summary>
/// <remarks>
/// Nothing is attacked anew, so a subset's robust accuracy is what the images found against the other defenses leave of
/// it: an upper bound, which an attack on that subset can only lower.
/// </remarks>
/// <param name="components">The whole ensemble's.</param>
/// <param name="outputs">What they say of the images.</param>
/// <param name="labels">The N right labels.</param>
sealed class SubsetReplay(Components components, ComponentOutputs outputs, long[] labels)
{
    /// <summary>
    /// For each image the share of draws in which a subset withstands all of its adversarial images, and is right on
    /// the clean one.
    /// </summary>
    /// <param name="kept">The names of the components that decide; the fronts always stand before them.</param>
    /// <returns>Under both criteria; and how often the clean image is right, and accepted. Each [N].</returns>
    public SubsetSurvival Survived(IReadOnlyCollection<string> kept)
    {
        if (!outputs.Members.Any(kept.Contains))
            return SubsetSurvival.Nothing(labels.Length);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var subset = outputs.Members.Concat(outputs.Gates).Where(name => !kept.Contains(name))
            .Aggregate(components, (left, name) => left.Without(name));
        var decided = HostMemory.ReadLongs(subset.Rule.Decide(
            Of(outputs.Logits, outputs.Members, [.. subset.Members.Select(member => member.Name)]),
            // A gate of an ensemble among the members goes with the last that votes there.
            Of(outputs.GateScores, outputs.Gates, [.. subset.Gates.Select(gate => gate.Name)])).Labels);

        return SubsetSurvival.Of(outputs, decided, labels);
    }

    /// <summary>The rows of those that are kept, in their order.</summary>
    static Tensor Of(Tensor all, IReadOnlyList<string> names, IReadOnlyCollection<string> kept) => all.index_select(
        0,
        tensor([.. Enumerable.Range(0, names.Count).Where(i => kept.Contains(names[i])).Select(i => (long)i)],
            device: all.device));
}

/// <summary>For each image, in what share of the draws a subset withstands what it is shown.</summary>
/// <param name="Clean">Right on the clean image.</param>
/// <param name="Accepted">The clean image is accepted, under whatever label.</param>
/// <param name="Lenient">Right on the clean image, and right or rejecting on each adversarial one.</param>
/// <param name="Strict">Right on all of them.</param>
sealed record SubsetSurvival(double[] Clean, double[] Accepted, double[] Lenient, double[] Strict)
{
    /// <summary>Of nobody, who is right on nothing.</summary>
    public static SubsetSurvival Nothing(int images) =>
        new(new double[images], new double[images], new double[images], new double[images]);

    /// <summary>Of what a subset decides on each row and draw.</summary>
    public static SubsetSurvival Of(ComponentOutputs outputs, ReadOnlySpan<long> decided, long[] labels)
    {
        var survival = Nothing(labels.Length);
        for (var row = 0; row < outputs.Images.Length; row++)
        {
            var image = outputs.Images[row];
            var drawn = decided.Slice(row * outputs.Draws, outputs.Draws);
            var right = (double)drawn.Count(labels[image]) / outputs.Draws;
            var rejected = (double)drawn.Count(Decision.Reject) / outputs.Draws;
            if (row < labels.Length)
                survival.Begin(image, right, 1 - rejected);
            else
                survival.Lower(image, right, rejected);
        }

        return survival;
    }

    /// <summary>Takes in the clean image.</summary>
    void Begin(int image, double right, double accepted) =>
        (Clean[image], Accepted[image], Lenient[image], Strict[image]) = (right, accepted, right, right);

    /// <summary>Takes in an adversarial one.</summary>
    void Lower(int image, double right, double rejected)
    {
        Lenient[image] = Math.Min(Lenient[image], right + rejected);
        Strict[image] = Math.Min(Strict[image], right);
    }
}
