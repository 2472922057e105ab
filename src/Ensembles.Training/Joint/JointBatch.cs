using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// What a joint loss sees of a batch. Each pass through a member is made when it is first asked for, but for those of
/// members whose weights a perturbation moves, which come first.
/// </summary>
public sealed class JointBatch
{
    readonly MembersTogether run;
    readonly TrainingBatch batch;
    readonly Lazy<IReadOnlyList<LossContext>> members;
    readonly Tensor?[] moved;
    readonly bool arePerturbed;

    /// <param name="run">The members.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="images">What they are shown.</param>
    /// <param name="areClean">Whether these are the batch's images, perhaps with a gradient.</param>
    internal JointBatch(MembersTogether run, TrainingBatch batch, Tensor images, bool areClean)
    {
        (this.run, this.batch, Images, arePerturbed) = (run, batch, images, !areClean);
        members = new(() => [.. run.Members.Select(member => member.Evaluate(batch, images, areClean))]);
        // Weights that are moved in place are moved before any graph holds on to them.
        moved =
        [
            .. run.Members.Select((member, m) =>
                member.WeightPerturbation is null ? null : run.OwnLoss(m, batch, Images).Loss),
        ];
    }

    /// <summary>Whether <see cref="Images"/> are perturbed, or a member perturbs images itself.</summary>
    public bool AnyPerturbed => arePerturbed || run.Members.Any(member => member.Perturbation is not null);

    /// <summary>The images as they are, float32 [N, C, H, W] in [0, 1].</summary>
    public Tensor Clean => batch.Images;

    /// <summary>
    /// What all members are shown: float32 [N, C, H, W] in [0, 1], perturbed against their mean where there is a
    /// perturbation.
    /// </summary>
    public Tensor Images { get; }

    /// <summary>Int64 [N].</summary>
    public Tensor Labels => batch.Labels;

    /// <summary>Where the training stands, with a seed for what is drawn.</summary>
    public TrainingStep Step => batch.Step;

    /// <summary>M, how many members there are.</summary>
    public int MemberCount => run.Members.Count;

    /// <summary>What each member makes of the images, in order of declaration.</summary>
    public IReadOnlyList<LossContext> Members => members.Value;

    /// <summary>The members' probabilities of the images, [M, N, K].</summary>
    public Tensor Probabilities => functional.softmax(Logits, -1);

    /// <summary>The members' logits of the images, [M, N, K].</summary>
    public Tensor Logits => stack(Members.Select(member => member.Logits));

    /// <summary>
    /// sum_m L_m, each member's own loss: on images that the member perturbs itself, where it does, else on
    /// <see cref="Images"/>.
    /// </summary>
    public Tensor OwnLosses => Enumerable.Range(0, MemberCount)
        .Select(m => moved[m]
            ?? (run.Members[m].Perturbation is null
                ? run.Members[m].Loss.Of(Members[m])
                : run.OwnLoss(m, batch, Images).Loss))
        .Aggregate((sum, loss) => sum + loss);

    /// <summary>
    /// The gradient of each member's cross-entropy, of each image, with respect to the image: [M, N, C H W],
    /// differentiable in the parameters.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The loss does not say that it <see cref="JointTraining.DifferentiatesImages"/>.
    /// </exception>
    public Tensor Gradients => GradientsOf(Images, Members);

    /// <summary>The same at other images.</summary>
    /// <param name="images">Float32 [N, C, H, W] that require a gradient.</param>
    public Tensor GradientsAt(Tensor images) =>
        GradientsOf(images, [.. run.Members.Select(member => member.Evaluate(batch, images))]);

    /// <summary>
    /// Puts all members into evaluation mode until it is disposed of: for images that are sought, of which batch
    /// normalisation is to learn nothing.
    /// </summary>
    public IDisposable InEvaluationMode()
    {
        var mode = ModuleMode.Keep(run.Module);
        run.Module.eval();
        return mode;
    }

    /// <summary>A member's logits [N, K] of other images, differentiable in its parameters.</summary>
    public Tensor LogitsOf(int member, Tensor images) => run.Members[member].call(images);

    /// <summary>The names of a member's layers that can be tapped, the penultimate features not among them.</summary>
    public IReadOnlyList<string> LayersOf(int member) => run.Members[member].TapNames;

    /// <summary>
    /// Outputs [N, ...] of a member's layer for other images, in evaluation mode.
    /// </summary>
    /// <param name="member">Which member.</param>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="layer">Out of <see cref="LayersOf"/>; null for the penultimate features.</param>
    public Tensor OutputsOf(int member, Tensor images, string? layer)
    {
        using var mode = ModuleMode.Keep(run.Members[member]);
        run.Members[member].eval();
        return run.Members[member].OutputsOf(images, layer);
    }

    internal Tensor MeanLogits
    {
        get
        {
            if (members.IsValueCreated)
                return MembersTogether.MeanOfMembers.OfLogits(Logits.detach());
            using var noGradient = no_grad();
            using var mode = InEvaluationMode();
            return run.Module.call(batch.Images);
        }
    }

    Tensor GradientsOf(Tensor images, IReadOnlyList<LossContext> contexts)
    {
        if (!images.requires_grad)
            throw new InvalidOperationException(
                $"The images carry no gradient: say {nameof(JointTraining.DifferentiatesImages)}.");
        return stack(contexts.Select(context => autograd.grad(
            [functional.cross_entropy(context.Logits, Labels, reduction: Reduction.Sum)], [images],
            retain_graph: true, create_graph: true)[0].flatten(1)));
    }
}
