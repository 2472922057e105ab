using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A voting rule with numbers of its own that are fitted on validation images once the members are trained:
/// <see cref="Ensemble.FitVote"/>. Until then an ensemble of it refuses to decide.
/// </summary>
/// <remarks>
/// The numbers are a buffer of the ensemble, with the fingerprints of the images they were fitted on (<see
/// cref="FittedVote"/>): a checkpoint carries both, and an ensemble is never judged on images that its vote knows. In a
/// <see cref="Ballot"/> they are the weights: one for each member first, positive and summing to 1, then the others.
/// </remarks>
public interface IFittedRule : IVotingRule
{
    /// <summary>P, how many numbers are fitted beside one weight for each member.</summary>
    static abstract int Numbers { get; }

    /// <summary>
    /// Whether it is fitted on perturbed images too, and cannot be without: see <see cref="ValidationVotes.Attacked"/>.
    /// </summary>
    static virtual bool NeedsAttackedImages => false;

    /// <summary>The weights and the other numbers, float32 or float64 [M + P].</summary>
    /// <param name="votes">What the members say of validation images.</param>
    /// <exception cref="ArgumentException">Votes that nothing can be fitted on; the message says what is missing.
    /// </exception>
    static abstract Tensor Fit(ValidationVotes votes);
}

/// <summary>What M members say of N validation images of K classes.</summary>
/// <param name="Clean">Logits of clean images, float64 [M, N, K].</param>
/// <param name="Labels">True labels, int64 [N].</param>
/// <param name="Attacked">
/// For each member the logits, float64 [M, N, K], that all members give for images perturbed against that member alone;
/// none where no attack was made.
/// </param>
public sealed record ValidationVotes(Tensor Clean, Tensor Labels, IReadOnlyList<Tensor> Attacked)
{
    /// <summary>Where a member's highest logit is that of the true class, bool [N].</summary>
    /// <param name="logits">One member's logits [N, K].</param>
    public Tensor Right(Tensor logits) => logits.argmax(-1).eq(Labels);
}
