namespace Ensembles.Evaluation;

/// <summary>A check of the attack itself: a weak or broken attack makes any defense look robust.</summary>
/// <param name="Name">What should hold: "more steps change nothing".</param>
/// <param name="Passed">Whether it does.</param>
/// <param name="Finding">The numbers behind it.</param>
public sealed record SanityCheck(string Name, bool Passed, string Finding);
