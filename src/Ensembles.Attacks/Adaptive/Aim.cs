using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What one restart of a gradient attack pushes.</summary>
sealed record Aim
{
    /// <summary>Against the vote; null to leave it alone.</summary>
    public VoteAim? Vote { get; init; }

    /// <summary>
    /// The member whose margin alone is pushed in the first half of the steps, so that the rest begins at its adversarial images; null for none.
    /// </summary>
    public int? MemberFirst { get; init; }

    /// <summary>Whether the image must pass the gates too.</summary>
    public bool PassGates { get; init; }

    /// <summary>The gate whose score is to rise, to have the image rejected; null for none.</summary>
    public int? RaiseGate { get; init; }
}

/// <summary>Terms of the vote, each to rise.</summary>
/// <param name="Terms">From a view of R rows the terms, each float32 [R] and differentiable.</param>
/// <param name="Saturating">Whether effort goes where it still pays: see <see cref="Ascent"/>.</param>
sealed record VoteAim(Func<SurfaceView, IReadOnlyList<Tensor>> Terms, bool Saturating = false)
{
    /// <summary>Which of the smallest majorities of the members is pushed, 0 for the one nearest to its goal: see <see cref="Majorities"/>; null for all members.</summary>
    public int? Majority { get; init; }
}
