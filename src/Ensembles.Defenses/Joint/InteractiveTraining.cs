using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Interactive global adversarial training (iGAT, Deng and Mu 2023): an image that the members get wrong together is
/// dealt to one of them, most often to one that is nearest to getting it right, and all of them unlearn there what they
/// are surest of and wrong about.
/// </summary>
/// <remarks>
/// The source adds these terms to what joins members otherwise, ADP or DVERGE; here they are added to the members' own
/// losses. Half of each batch is clean and half perturbed against the mean of the members, which is what holds.
/// </remarks>
public sealed class InteractiveTraining : JointTraining
{
    /// <summary>A mistake that is surer than this has the gradient of none.</summary>
    const double Surest = 0.99;

    /// <summary>Sets the radius of the perturbed half and the weights.</summary>
    /// <param name="epsilon">
    /// The radius in Linf, in pixel values in [0, 1]. The source uses 8/255 for CIFAR-10, with steps of a quarter of
    /// it.
    /// </param>
    /// <param name="steps">Steps for each image; 1 or more.</param>
    /// <param name="dealing">alpha, the weight of the images that are dealt; 0 or more.</param>
    /// <param name="rescue">beta, the weight of the members' worst mistakes; 0 or more.</param>
    public InteractiveTraining(double epsilon, int steps = 20, double dealing = 5, double rescue = 10)
    {
        (Dealing, Rescue) = (Weights.Checked(dealing), Weights.Checked(rescue));
        Perturbation = new HalfPerturbation(new PgdPerturbation(epsilon, steps) { StepSize = epsilon / 4 });
    }

    /// <summary>The weight of the images that are dealt.</summary>
    public double Dealing { get; }

    /// <summary>The weight of the members' worst mistakes.</summary>
    public double Rescue { get; }

    /// <summary>L = sum_m L_m + alpha D + beta R.</summary>
    public override Tensor Of(JointBatch batch)
    {
        using var generator = new Generator((ulong)batch.Step.Seed);
        var draws = rand(batch.Labels.size(0), generator: generator).to(batch.Images.device);
        return batch.OwnLosses
            + Dealing * Dealt(batch.Logits, batch.Labels, draws)
            + Rescue * Mistakes(batch.Logits, batch.Labels);
    }

    /// <summary>
    /// D, the sum over the images that the mean of probabilities gets wrong of the cross-entropy of the member that
    /// each is dealt to, divided by N. Of M members one of rank r, from 0 for the lowest probability of the true class,
    /// gets an image with probability 2^r / (2^M - 1).
    /// </summary>
    /// <param name="logits">[M, N, K].</param>
    /// <param name="labels">Int64 [N].</param>
    /// <param name="draws">Numbers in [0, 1), [N]: where they fall among the members' probabilities decides.</param>
    public static Tensor Dealt(Tensor logits, Tensor labels, Tensor draws)
    {
        var losses = -logits.log_softmax(-1).gather(2, labels.view(1, -1, 1).expand(logits.size(0), -1, 1)).squeeze(2);
        var to = Chosen(losses.detach(), draws);
        return (losses.gather(0, to.unsqueeze(0)).squeeze(0) * Wrong(logits, labels)).mean();
    }

    /// <summary>
    /// R, the sum over the same images and all members of -log(1 - min(max_(k != y) p_k, 0.99)), divided by N.
    /// </summary>
    /// <param name="logits">[M, N, K].</param>
    /// <param name="labels">Int64 [N].</param>
    public static Tensor Mistakes(Tensor logits, Tensor labels)
    {
        var right = nn.functional.one_hot(labels, logits.size(2)).to_type(ScalarType.Bool).unsqueeze(0);
        var surest = logits.softmax(-1).masked_fill(right, 0).amax([2]).clamp(max: Surest);
        return (-(1 - surest).log().sum([0]) * Wrong(logits, labels)).mean();
    }

    /// <summary>Which images the mean of the members' probabilities gets wrong, as 0 and 1, [N].</summary>
    static Tensor Wrong(Tensor logits, Tensor labels) =>
        logits.detach().softmax(-1).mean([0]).argmax(-1).ne(labels).to_type(logits.dtype);

    /// <summary>The member that each image is dealt to, int64 [N].</summary>
    /// <param name="losses">-log p_y of each member, [M, N]: the higher, the lower its rank.</param>
    /// <param name="draws">Numbers in [0, 1), [N].</param>
    static Tensor Chosen(Tensor losses, Tensor draws)
    {
        var members = losses.size(0);
        // Of two alike the later one ranks higher.
        var later = ones(members, members, device: losses.device).triu(1).gt(0).unsqueeze(2);
        var (own, other) = (losses.unsqueeze(0), losses.unsqueeze(1));
        var ranks = other.gt(own).logical_or(other.eq(own).logical_and(later)).sum([0]);
        var shares = ranks.to_type(ScalarType.Float32).exp2() / (Math.Pow(2, members) - 1);
        return shares.cumsum(0).le(draws).sum([0]).clamp(max: members - 1);
    }
}
