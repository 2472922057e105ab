namespace Ensembles.Numerics;

/// <summary>
/// Hands reports on at once, on the thread that computes; <see cref="Progress{T}"/> would queue those of every batch.
/// </summary>
/// <param name="report">What is done with a report.</param>
public sealed class ImmediateProgress<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc/>
    public void Report(T value) => report(value);
}
