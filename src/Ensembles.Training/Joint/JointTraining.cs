using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// A loss over all members of an ensemble, so that they are trained together: to fail differently, or to leave one
/// another what they are good at. <c>ensemble.Train(data, options with { Joint = ... })</c> trains with it.
/// </summary>
/// <remarks>
/// Members trained to fail differently resist images that are carried from one to the other, and hardly one that is
/// made against all of them. Judge them by the attack on the whole.
/// </remarks>
public abstract class JointTraining : IJointTraining
{
    /// <summary>
    /// What perturbs the images that members are shown, against the mean of their probabilities; null for clean images.
    /// A member that perturbs images itself is shown its own by its own loss, and these by what joins the members.
    /// </summary>
    public Perturbation? Perturbation { get; init; }

    /// <summary>The loss of a batch, a scalar that is differentiable in the parameters of all members.</summary>
    public abstract Tensor Of(JointBatch batch);

    /// <summary>
    /// Whether <see cref="Of"/> differentiates in <see cref="JointBatch.Images"/>, which then carry a gradient.
    /// </summary>
    public virtual bool DifferentiatesImages => false;

    /// <summary>
    /// Trains members together, in one run with one checkpoint. Those that are trained in a way of their own, which are
    /// no <see cref="NetworkClassifier"/> or override its <c>Train</c>, are trained by themselves before, as without.
    /// </summary>
    /// <param name="training">Clean training images with their labels.</param>
    /// <param name="options">
    /// Seed, length, progress, cancellation; the checkpoint is <c>all members.safetensors</c> in the folder of
    /// <see cref="TrainingOptions.CheckpointPath"/>.
    /// </param>
    /// <param name="members">The members and their names.</param>
    /// <exception cref="ArgumentException">Fewer than two members that can be trained together.</exception>
    public void Train(
        ILabeledImages training, TrainingOptions options, params (string Name, ITrainable Member)[] members)
    {
        var together = members.Where(m => IsTrainedAsUsual(m.Member))
            .Select(m => (m.Name, Member: (NetworkClassifier)m.Member)).ToArray();
        if (together.Length < 2)
            throw new ArgumentException(
                $"{GetType().Name} trains members together, and of {Names(members.Select(m => m.Name))} these can be: "
                + $"{Names(together.Select(m => m.Name))}. It takes two or more that derive from "
                + $"{nameof(NetworkClassifier)} and leave its Train as it is.",
                nameof(members));
        options = options with { Joint = null };
        foreach (var (name, member) in members)
        {
            if (!IsTrainedAsUsual(member))
                member.Train(training, options.For(name));
        }

        using var mode = options.Front is { } front ? ModuleMode.Keep(front) : null;
        options.Front?.eval();
        foreach (var (name, member) in together)
            member.Prepare(training, options.For(name));
        using var run = new MembersTogether(together, options.Front);
        new Trainer(run.Module, options.For("all members")) { Recipe = [this] }.Train(training, LossOf);

        BatchLoss LossOf(TrainingBatch batch)
        {
            var images = Perturbation is null ? batch.Images : run.Perturbed(Perturbation, batch);
            if (DifferentiatesImages)
                images = images.detach().requires_grad_();
            var joint = new JointBatch(run, batch, images, areClean: Perturbation is null);
            var loss = Of(joint);
            return new BatchLoss(loss, joint.MeanLogits);
        }
    }

    /// <summary>
    /// Throws where members are to be trained together and some are ensembles: what would have to differ, the ensemble
    /// or each member in it, no loss here says.
    /// </summary>
    /// <param name="joint">What is to train them together; null for nothing.</param>
    /// <param name="ensembles">The names of the ensembles among the members.</param>
    /// <exception cref="NotSupportedException">Something is.</exception>
    public static void ThrowIfOver(IJointTraining? joint, string ensembles)
    {
        if (joint is not null)
            throw new NotSupportedException(
                $"{joint.GetType().Name} trains classifiers together, and an ensemble is among the members: "
                + $"{ensembles}. Train the members of that one together by its own Train, with Joint set, and the rest "
                + "without; or declare all classifiers in one ensemble.");
    }

    static string Names(IEnumerable<string> names) => names.Any() ? string.Join(", ", names) : "none";

    static bool IsTrainedAsUsual(ITrainable member) => member is NetworkClassifier
        && member.GetType().GetInterfaceMap(typeof(ITrainable)).TargetMethods
            .All(method => method.DeclaringType == typeof(NetworkClassifier));
}
