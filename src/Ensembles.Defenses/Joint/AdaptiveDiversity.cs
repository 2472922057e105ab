using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Adaptive diversity promoting (ADP, Pang et al. 2019): members' probabilities of the wrong classes stand at right
/// angles to each other, while their mean stays spread out.
/// </summary>
/// <remarks>
/// Diversity of answers on clean images costs an attacker nothing: white-box attacks on the whole leave hardly an
/// image. It makes images carry over from one member to another less often.
/// </remarks>
/// <param name="spread">alpha, the weight of the mean's entropy; 0 or more.</param>
/// <param name="angles">beta, the weight of the log determinant; 0 or more.</param>
public sealed class AdaptiveDiversity(double spread = 2, double angles = 0.5) : JointTraining
{
    /// <summary>Keeps the determinant of equal members above 0.</summary>
    const double Tiny = 1e-6;

    /// <summary>The weight of the mean's entropy.</summary>
    public double Spread { get; } = Weights.Checked(spread);

    /// <summary>The weight of the log determinant.</summary>
    public double Angles { get; } = Weights.Checked(angles);

    /// <summary>L = sum_m L_m - alpha H(mean_m p_m) - beta log det(Q Q' + 1e-6 I), means over the images.</summary>
    /// <exception cref="ArgumentException">More members than wrong classes, which cannot be orthogonal.</exception>
    public override Tensor Of(JointBatch batch)
    {
        var probabilities = batch.Probabilities;
        return batch.OwnLosses
            - Spread * Entropy(probabilities.mean([0])).mean()
            - Angles * LogDeterminant(probabilities, batch.Labels).mean();
    }

    /// <summary>H(p) = -sum_k p_k log p_k [N] of probabilities [N, K].</summary>
    public static Tensor Entropy(Tensor probabilities) =>
        -(probabilities * probabilities.clamp(min: 1e-20).log()).sum(-1);

    /// <summary>
    /// log det(Q Q' + 1e-6 I) [N], with Q [M, K - 1] the probabilities of the wrong classes, each member's of length 1:
    /// 0 where they are orthogonal, and far below where two are alike.
    /// </summary>
    /// <param name="probabilities">[M, N, K].</param>
    /// <param name="labels">Int64 [N].</param>
    public static Tensor LogDeterminant(Tensor probabilities, Tensor labels)
    {
        var (members, classes) = (probabilities.size(0), probabilities.size(2));
        if (members > classes - 1)
            throw new ArgumentException(
                $"{members} members cannot be orthogonal in the {classes - 1} wrong classes: take fewer members.");
        var right = nn.functional.one_hot(labels, classes).to_type(ScalarType.Bool).unsqueeze(0);
        // In double precision: 1e-6 is ten times a float's last bit.
        var wrong = probabilities.masked_fill(right, 0).to_type(ScalarType.Float64).transpose(0, 1);
        var directions = nn.functional.normalize(wrong, dim: 2, eps: 1e-30);
        var gram = directions.matmul(directions.transpose(1, 2))
            + Tiny * eye(members, dtype: ScalarType.Float64, device: probabilities.device);
        return linalg.slogdet(gram).Item2.to_type(ScalarType.Float32);
    }
}
