namespace Ensembles.Numerics;

/// <summary>The progress of a part, from 0 to 1, reported as a share of the whole.</summary>
/// <param name="whole">The progress of the whole.</param>
/// <param name="start">Where in the whole the part begins.</param>
/// <param name="width">How much of the whole the part is.</param>
public sealed class ShareOfProgress(IProgress<double> whole, double start, double width) : IProgress<double>
{
    /// <inheritdoc/>
    public void Report(double value) => whole.Report(start + width * value);
}
