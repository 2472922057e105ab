using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>Members in one run of training, behind the fronts of their ensemble.</summary>
sealed partial class MembersTogether : IDisposable
{
    readonly AttackPlans[] plans;
    readonly MeanOfMembers attacked;

    public MembersTogether((string Name, NetworkClassifier Member)[] members, InputTransform? front)
    {
        Members = [.. members.Select(m => m.Member)];
        plans = [.. members.Select(_ => new AttackPlans(withGradient: true, whileTrained: true))];
        foreach (var member in Members)
            member.BeginTraining(front);
        Module = new MeanOfMembers(members, atTemperature: false);
        attacked = new MeanOfMembers(members, atTemperature: true);
    }

    public IReadOnlyList<NetworkClassifier> Members { get; }

    /// <summary>
    /// Images to the logarithm of the members' mean probabilities [N, K]. It owns none of them and is not to be
    /// disposed of.
    /// </summary>
    public MeanOfMembers Module { get; }

    /// <summary>The batch's images, perturbed against the mean of the members.</summary>
    public Tensor Perturbed(Perturbation perturbation, TrainingBatch batch) =>
        perturbation.Of(new PerturbedBatch(attacked, batch.Images, batch.Labels, batch.Step));

    /// <summary>
    /// A member's own loss: on images that it perturbs itself, where it does, else on those of the run.
    /// </summary>
    public BatchLoss OwnLoss(int member, TrainingBatch batch, Tensor images) =>
        Members[member].LossOf(batch, images, plans[member]);

    public void Dispose()
    {
        foreach (var member in Members)
            member.EndTraining();
        foreach (var plan in plans)
            plan.Dispose();
    }

    [Compiled]
    public sealed partial class MeanOfMembers : Module<Tensor, Tensor>
    {
        readonly bool atTemperature;

        /// <param name="members">The members.</param>
        /// <param name="atTemperature">
        /// Whether their logits are divided by <see cref="TrainingLoss.TemperatureUnderAttack"/>.
        /// </param>
        public MeanOfMembers((string Name, NetworkClassifier Member)[] members, bool atTemperature) : base("Members")
        {
            this.atTemperature = atTemperature;
            Members = [.. members.Select(m => m.Member)];
            foreach (var (name, member) in members)
                register_module(name, member);
        }

        /// <summary>The members, whose losses and perturbations are part of a checkpoint's identity.</summary>
        public IReadOnlyList<NetworkClassifier> Members { get; }

        /// <summary>log mean_m softmax(z_m), at the temperatures where they are asked for.</summary>
        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            var logits = Members.Select(member => atTemperature
                ? member.call(images) / member.Loss.TemperatureUnderAttack
                : member.call(images));
            return OfLogits(stack(logits)).MoveToOuterDisposeScope();
        }

        /// <summary>The same of the members' logits [M, N, K].</summary>
        public static Tensor OfLogits(Tensor logits) =>
            functional.log_softmax(logits, -1).logsumexp(0) - Math.Log(logits.size(0));
    }
}
