namespace Ensembles.Evaluation;

/// <summary>A test image with the adversarial image found for it against the whole.</summary>
/// <param name="Index">The image's index among the test images.</param>
/// <param name="Label">Its true label.</param>
/// <param name="Outcome">How the whole decided on it.</param>
/// <param name="Decided">
/// The whole's decision on the adversarial image; <see cref="Decision.Reject"/> where rejected.
/// </param>
/// <param name="Members">Each member's decision on the adversarial image, in one draw.</param>
/// <param name="Source">The attack that made it, and the defense it was made against.</param>
/// <param name="Distance">The size of the perturbation in the threat's norm.</param>
/// <param name="Magnification">How much its picture magnifies the perturbation, around mid-grey.</param>
/// <param name="Clean">The clean image as PNG.</param>
/// <param name="Adversarial">The adversarial image as PNG.</param>
/// <param name="Perturbation">Their difference, magnified, as PNG.</param>
public sealed record GalleryItem(
    int Index,
    long Label,
    GalleryOutcome Outcome,
    long Decided,
    IReadOnlyList<MemberDecision> Members,
    string Source,
    double Distance,
    double Magnification,
    byte[] Clean,
    byte[] Adversarial,
    byte[] Perturbation);

/// <summary>A member's decision on one image.</summary>
/// <param name="Member">The member's property name.</param>
/// <param name="Label">The class it gives the highest logit.</param>
public sealed record MemberDecision(string Member, long Label);

/// <summary>How a defense decided on an adversarial image.</summary>
public enum GalleryOutcome
{
    /// <summary>Accepted under a wrong label.</summary>
    Misled,

    /// <summary>Rejected.</summary>
    Rejected,

    /// <summary>Accepted under its label in spite of the attack.</summary>
    Survived,
}
