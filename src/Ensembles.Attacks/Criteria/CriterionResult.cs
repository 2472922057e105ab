namespace Ensembles.Attacks;

/// <summary>How evaluated images stand to the attacker's criterion, on the host.</summary>
/// <param name="Share">For each image the share of its draws that meet the criterion.</param>
/// <param name="Nearness">
/// How near it is to the criterion, in units of how far its clean image was from it: what the best of several failures
/// is chosen by; the higher the nearer. See <see cref="BatchCriterion.Judge"/>.
/// </param>
/// <param name="Sure">
/// Whether its decision is further from a tie than rounding reaches: see <see cref="SureDecisions"/>; where several
/// draws decide, true.
/// </param>
sealed record CriterionResult(float[] Share, float[] Nearness, bool[] Sure)
{
    /// <summary>Whether a majority of an image's draws meet the criterion.</summary>
    public bool IsMet(int image) => IsMajority(Share[image]);

    /// <summary>The same, and not by rounding.</summary>
    public bool IsSurelyMet(int image) => IsMet(image) && Sure[image];

    /// <summary>Whether a share of draws is a majority.</summary>
    public static bool IsMajority(float share) => share > 0.5f;
}
