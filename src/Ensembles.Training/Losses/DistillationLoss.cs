using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Cross-entropy at a temperature, for a teacher's answers or for the labels (Papernot et al. 2016 [26]). It takes the
/// place of cross-entropy.
/// </summary>
/// <remarks>
/// The logits that lower it are about T times as large. Where the network is used at T = 1, float32 then rounds the
/// softmax to 0 and 1 and the gradient of cross-entropy to nothing, while the decisions are the same.
/// </remarks>
/// <param name="temperature">T, what logits are divided by; positive. 1, with labels, is cross-entropy.</param>
public sealed class DistillationLoss(double temperature = 20) : TrainingLoss
{
    /// <summary>What logits are divided by.</summary>
    public double Temperature { get; } = temperature is > 0 and < double.PositiveInfinity
        ? temperature
        : throw new ArgumentOutOfRangeException(
            nameof(temperature), temperature, "A temperature is positive and finite.");

    /// <summary>The loss's own.</summary>
    public override double TemperatureUnderAttack => Temperature;

    /// <summary>
    /// Images to logits [N, K], in evaluation mode and not trained, whose answers at the same temperature are learned;
    /// null for the labels.
    /// </summary>
    public Module<Tensor, Tensor>? Teacher { get; set; }

    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch)
    {
        if (Teacher is not { } teacher)
            return functional.cross_entropy(batch.Logits / Temperature, batch.Labels);
        using var scope = NewDisposeScope();
        Tensor answers;
        using (no_grad())
            answers = teacher.call(batch.Images);
        return Value(batch.Logits, answers, Temperature).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// L = -mean_i sum_k q_ik log p_ik with p = softmax(z / T) and q = softmax(t / T), of logits z [N, K] and a
    /// teacher's t [N, K]; a scalar.
    /// </summary>
    public static Tensor Value(Tensor logits, Tensor teachers, double temperature)
    {
        using var scope = NewDisposeScope();
        var wanted = functional.softmax(teachers / temperature, 1);
        return (-(wanted * functional.log_softmax(logits / temperature, 1)).sum(1).mean()).MoveToOuterDisposeScope();
    }
}
