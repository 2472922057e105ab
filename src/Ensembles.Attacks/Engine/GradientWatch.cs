namespace Ensembles.Attacks;

/// <summary>Watches whether what an attack follows ever has a gradient.</summary>
sealed class GradientWatch
{
    const int Vote = -1;

    readonly SortedDictionary<int, bool> seen = [];

    /// <summary>
    /// Notes that the vote (null) or a gate was to be moved, and whether its gradient was other than zero on any image.
    /// </summary>
    public void Note(int? gate, bool anyGradient) =>
        seen[gate ?? Vote] = anyGradient || seen.GetValueOrDefault(gate ?? Vote);

    /// <summary>Throws when the vote, or a gate, was to be moved and never had a gradient.</summary>
    /// <exception cref="ZeroGradientException">Names the vote or the gates.</exception>
    public void ThrowIfBlind(AttackSurface surface)
    {
        string[] blind =
        [
            .. seen.Where(s => !s.Value).Select(s => s.Key == Vote ? "the vote" : $"gate {surface.Gates[s.Key]}"),
        ];
        if (blind.Length == 0)
            return;
        throw new ZeroGradientException(
            $"The gradient of {string.Join(" and ", blind)} with respect to the images was zero at every step on "
            + $"every image the attack had to break, so its result would only look robust. {GradientCheck.Advice} "
            + "A cross-entropy or a probability that has saturated in float32 looks the same: attack with "
            + "AttackLoss.Adaptive, on logits.");
    }
}
