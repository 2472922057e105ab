namespace Ensembles.Attacks;

/// <summary>How the images of an evaluation stand to the attacker's criterion, on the host.</summary>
/// <param name="Share">For each image the share of its draws that meet the criterion.</param>
/// <param name="Near">How near it is to it: see <see cref="Nearness"/>.</param>
sealed record Standing(float[] Share, float[] Near)
{
    /// <summary>Whether a majority of an image's draws meet the criterion.</summary>
    public bool IsMet(int image) => IsMajority(Share[image]);

    /// <summary>Whether a share of draws is a majority.</summary>
    public static bool IsMajority(float share) => share > 0.5f;
}
