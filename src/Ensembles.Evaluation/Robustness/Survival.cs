using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>
/// What a defense survives: for each radius and each image, the number of draws of its randomness, out of k, in which
/// it is right on the clean image and survives even the worst candidate inside the radius.
/// </summary>
/// <remarks>
/// Every figure follows from this table. An image counts as survived if all k draws survive (worst of k); the mean over
/// draws is the mean of the counts over k, for an attacker who picks the candidate without knowing the draw. Counts are
/// minima over candidates, a candidate inside a radius is inside every larger one, and strict survival implies lenient
/// survival: so strict &lt;= lenient &lt;= clean, and neither grows with the radius, whatever attacks were run.
/// </remarks>
public sealed record Survival
{
    /// <summary>The radii, ascending; the first is 0, the clean images.</summary>
    public required double[] Epsilons { get; init; }

    /// <summary>k; 1 for a deterministic defense.</summary>
    public required int Draws { get; init; }

    /// <summary>
    /// Counts [radius][image] under <see cref="Criterion.Misclassified"/>: a rejected candidate is survived, a rejected
    /// clean image is not.
    /// </summary>
    public required int[][] Lenient { get; init; }

    /// <summary>
    /// Counts [radius][image] under <see cref="Criterion.Disrupted"/>: a rejected candidate is not survived.
    /// </summary>
    public required int[][] Strict { get; init; }

    /// <summary>Before any attack: an image survives in the draws in which it is right.</summary>
    /// <param name="radii">Positive radii, ascending.</param>
    /// <param name="draws">k.</param>
    /// <param name="right">For each image, the draws in which the clean image is accepted under its label.</param>
    internal static Survival OfClean(IEnumerable<double> radii, int draws, int[] right)
    {
        double[] epsilons = [0, .. radii];
        return new Survival
        {
            Epsilons = epsilons,
            Draws = draws,
            Lenient = [.. epsilons.Select(_ => (int[])right.Clone())],
            Strict = [.. epsilons.Select(_ => (int[])right.Clone())],
        };
    }

    /// <summary>A copy that can be lowered without this one.</summary>
    internal Survival Copy() => this with
    {
        Lenient = [.. Lenient.Select(row => (int[])row.Clone())],
        Strict = [.. Strict.Select(row => (int[])row.Clone())],
    };

    /// <summary>Counts [radius][image] under a criterion.</summary>
    public int[][] Under(Criterion criterion) => criterion == Criterion.Misclassified ? Lenient : Strict;

    /// <summary>Records in how many draws a candidate was survived.</summary>
    /// <param name="image">The image it perturbs.</param>
    /// <param name="level">The index of the smallest radius it lies in.</param>
    /// <param name="lenient">Draws in which it was right or rejected.</param>
    /// <param name="strict">Draws in which it was right.</param>
    internal void Lower(int image, int level, int lenient, int strict)
    {
        for (var above = level; above < Epsilons.Length; above++)
        {
            Lenient[above][image] = Math.Min(Lenient[above][image], lenient);
            Strict[above][image] = Math.Min(Strict[above][image], Math.Min(lenient, strict));
        }
    }

    /// <summary>The index of a radius.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The radius was not evaluated.</exception>
    public int Level(double epsilon)
    {
        var level = Array.FindIndex(Epsilons, e => Math.Abs(e - epsilon) < 1e-9);
        if (level >= 0)
            return level;
        var radii = string.Join(", ", Epsilons.Select(radius => FormattableString.Invariant($"{radius}")));
        throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"Only the radii {radii} were evaluated.");
    }

    /// <summary>For each image, whether it survives in all draws: what every paired test compares.</summary>
    public bool[] Flags(Criterion criterion, double epsilon) =>
        [.. Under(criterion)[Level(epsilon)].Select(count => count == Draws)];

    /// <summary>The share of images that survive in all draws (worst-of-k).</summary>
    public Rate Worst(Criterion criterion, double epsilon) => Rate.Of(Flags(criterion, epsilon));

    /// <summary>
    /// The mean share of draws survived; equal to <see cref="Worst"/> if the defense is deterministic.
    /// </summary>
    public Rate Mean(Criterion criterion, double epsilon)
    {
        var counts = Under(criterion)[Level(epsilon)];
        return Rate.Of(counts.Sum(count => (long)count) / (double)Draws, counts.Length);
    }
}
