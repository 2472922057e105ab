using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Projected gradient descent on the loss of a whole group: d &lt;- d + a sign(sum_i grad CE(x_i + d)), |d| &lt;=
/// epsilon, from a random d. One group is training on universal perturbations; a group for each image is training on
/// those of projected gradient descent (Madry et al. 2018 [20]).
/// </summary>
/// <param name="epsilon">The radius in Linf, in units of pixel values in [0, 1]; positive.</param>
/// <param name="groups">G, the groups of a batch; null for one an image.</param>
/// <param name="steps">Steps, 1 or more.</param>
public sealed class SharedPgdPerturbation(double epsilon, int? groups, int steps = 10)
    : SharedPerturbation(epsilon, groups)
{
    /// <summary>A pixel that clipping moves by less than this still follows the change.</summary>
    const double Rounding = 1e-6;

    /// <summary>Steps.</summary>
    public int Steps { get; } = steps;

    /// <summary>a, the length of a step; null for 2.5 epsilon / steps.</summary>
    public double? StepSize { get; init; }

    /// <summary>Whether the steps begin at a random change; else at none.</summary>
    public bool RandomStart { get; init; } = true;

    private protected override Tensor Changes(
        PerturbedBatch batch, long[][] members, Tensor groups, double radius, Generator generator)
    {
        var clean = batch.Images.detach();
        var (lowest, highest) = Range(clean, members, radius);
        var size = (StepSize ?? 2.5 * Epsilon / Steps) * radius / Epsilon;
        var start = RandomStart
            ? (2 * rand(lowest.shape, generator: generator).to(clean.device) - 1) * radius
            : zeros_like(lowest);
        var change = start.clamp(lowest, highest);
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var moved = clean + change.index_select(0, groups);
            var images = moved.clamp(0, 1);
            // A pixel that clipping holds at 0 or 1 does not follow the change.
            var gradient = batch.Gradient(images) * (moved - images).abs().le(Rounding);
            var ofGroup = zeros_like(change).index_add_(0, groups, gradient, 1);
            change = (change + ofGroup.sign().mul_(size)).clamp(lowest, highest).MoveToOuterDisposeScope();
        }

        return change;
    }

    /// <summary>
    /// The lowest and the highest change of each pixel of a group that is in the ball and still changes one of its
    /// images.
    /// </summary>
    static (Tensor Lowest, Tensor Highest) Range(Tensor clean, long[][] members, double radius)
    {
        Tensor[] groups = [.. members.Select(images => clean.index_select(0, tensor(images).to(clean.device)))];
        var lightest = stack([.. groups.Select(g => g.amax([0]))]);
        var darkest = stack([.. groups.Select(g => g.amin([0]))]);
        return ((-lightest).clamp(min: -radius), (1 - darkest).clamp(max: radius));
    }
}
