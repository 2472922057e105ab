using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// One perturbation for each group of a batch, which says nothing about the class: every group holds images of several
/// classes, as evenly as the batch allows, and all of them receive the same (L. N. Smith 2019). In Linf.
/// </summary>
/// <remarks>
/// The images of a group differ from the clean ones by identical bits, up to what keeps them in [0, 1]. A group has at
/// least two images, and at least two classes as long as no class has more than half of the batch.
/// </remarks>
public abstract class SharedPerturbation : BoundedPerturbation
{
    private protected SharedPerturbation(double epsilon, int? groups) : base(epsilon)
    {
        if (groups < 1)
            throw new ArgumentOutOfRangeException(nameof(groups), groups, "A batch has one group or more.");
        Groups = groups;
    }

    /// <summary>
    /// G, the groups of a batch; a batch of fewer than 2 G images has fewer. Null gives every image a perturbation of
    /// its own.
    /// </summary>
    public int? Groups { get; }

    /// <inheritdoc/>
    public sealed override Tensor Of(PerturbedBatch batch)
    {
        using var scope = NewDisposeScope();
        var radius = ShareOfRadius(batch.Step) * Epsilon;
        var (groups, changes) = Changes(batch, radius);
        using var ball = Ball.Create(new ThreatModel(Norm.Linf, radius));
        var clean = batch.Images.detach();
        return ball.Project(clean + changes.index_select(0, groups), clean).MoveToOuterDisposeScope();
    }

    /// <summary>The group of each image, int64 [N], and the change of each group, [G, C, H, W].</summary>
    internal (Tensor Groups, Tensor Changes) Changes(PerturbedBatch batch, double radius)
    {
        using var scope = NewDisposeScope();
        using var mode = ModuleMode.Keep(batch.Classifier);
        batch.Classifier.eval();
        using var generator = new Generator((ulong)batch.Step.Seed);
        var members = MixedGroups.Of(batch.Labels, Groups, batch.Step.Seed);
        var groupOf = new long[batch.Labels.size(0)];
        for (var g = 0; g < members.Length; g++)
        {
            foreach (var image in members[g])
                groupOf[image] = g;
        }

        var groups = tensor(groupOf).to(batch.Images.device);
        var changes = Changes(batch, members, groups, radius, generator);
        return (groups.MoveToOuterDisposeScope(), changes.MoveToOuterDisposeScope());
    }

    /// <summary>The change of each group, [G, C, H, W], at most the radius in every pixel.</summary>
    /// <param name="batch">Images, labels, and the classifier in evaluation mode.</param>
    /// <param name="members">The images of each group.</param>
    /// <param name="groups">The group of each image, int64 [N].</param>
    /// <param name="radius">The radius at this step.</param>
    /// <param name="generator">What is drawn comes from here.</param>
    private protected abstract Tensor Changes(
        PerturbedBatch batch, long[][] members, Tensor groups, double radius, Generator generator);
}
