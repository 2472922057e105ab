using Ensembles.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Defensive distillation (Papernot et al. 2016 [26]): a teacher is trained at a temperature, a student of the same
/// architecture learns its answers at that temperature, and is used at 1. See <see cref="DistillationLoss"/>.
/// </summary>
/// <remarks>
/// Smith counts it among the defenses that separate features. What it does is to saturate the softmax: decisions are
/// as near as ever, and attacks on the margin of the logits find them [4, 6].
/// </remarks>
/// <param name="networks">Makes the network, and another for the teacher when it is trained.</param>
/// <param name="temperature">T, positive; the source's headline figure is for 100.</param>
[Defense(
    Category.FeatureSeparation,
    Source = "Papernot et al. 2016 [26]",
    UnderAttack = "Falls to attacks on the margin of the logits as the undefended network does.")]
[Claims<InterClassSeparation>]
public sealed class DistilledClassifier(INetworkFactory networks, double temperature = 20)
    : NetworkClassifier(networks.Create())
{
    /// <summary>Cross-entropy at the temperature, for the teacher's answers while the student is trained.</summary>
    public override TrainingLoss Loss { get; } = new DistillationLoss(temperature);

    /// <inheritdoc/>
    /// <remarks>
    /// The teacher has a seed of its own, trains for the run's epochs, keeps its checkpoint beside that of the run, and
    /// is not needed afterwards.
    /// </remarks>
    public override void Train(ILabeledImages training, TrainingOptions options)
    {
        var distillation = (DistillationLoss)Loss;
        try
        {
            using var teacher = TrainTeacher(training, options, distillation.Temperature);
            distillation.Teacher = teacher;
            base.Train(training, options);
        }
        finally
        {
            distillation.Teacher = null;
            eval();
        }
    }

    TeacherClassifier TrainTeacher(ILabeledImages training, TrainingOptions options, double temperature)
    {
        var seed = TrainingOptions.SeedOf(options.Seed, -1);
        random.manual_seed(seed);
        var teacher =
            new TeacherClassifier(networks, temperature) { Perturbation = Perturbation }.to(Device);
        try
        {
            teacher.Train(training, options with
            {
                Seed = seed,
                CheckpointPath = options.CheckpointPath is { } path ? $"{path}.teacher" : null,
                Progress = options.Progress is { } whole
                    ? new ImmediateProgress<TrainingProgress>(p => whole.Report(p with { Stage = "teacher" }))
                    : null,
            });
            return teacher;
        }
        catch
        {
            teacher.Dispose();
            throw;
        }
    }

    sealed class TeacherClassifier(INetworkFactory networks, double temperature) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = new DistillationLoss(temperature);
    }
}
