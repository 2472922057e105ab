namespace Ensembles.Defenses;

/// <summary>What is proven of an ensemble's decisions.</summary>
/// <param name="Lenient">
/// Within the radius no image is accepted with another label; a gate may reject it, or all members abstain where all
/// are ensembles. Else every image there keeps its label.
/// </param>
/// <param name="Strict">
/// Within the radius every image is accepted with the same label; null where a gate's score cannot be bounded.
/// </param>
/// <param name="WhyNotStrict">The gates that cannot be bounded, and why; null where there is a strict one.</param>
/// <param name="Unbounded">
/// Members that no bound passes, by name, with the reason: they are taken to say anything. Of ensembles among the
/// members also gates, and the ensembles whose voting rule has no bounds: these are taken to vote or to abstain.
/// </param>
public sealed record EnsembleCertificate(
    Certificate Lenient,
    Certificate? Strict,
    string? WhyNotStrict,
    IReadOnlyDictionary<string, string> Unbounded) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Lenient.Dispose();
        Strict?.Dispose();
    }
}
