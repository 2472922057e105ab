namespace Ensembles.Defenses;

/// <summary>A computation, or a part of one, that says how far it is and that can be stopped.</summary>
/// <param name="Progress">Receives the share of the work done, in [0, 1]; null for nobody.</param>
/// <param name="Cancellation">Stops it.</param>
readonly record struct Work(IProgress<double>? Progress, CancellationToken Cancellation)
{
    /// <summary>Says how much of it is done.</summary>
    /// <exception cref="OperationCanceledException">It is to be stopped.</exception>
    public void At(double share)
    {
        Cancellation.ThrowIfCancellationRequested();
        Progress?.Report(share);
    }

    /// <summary>One of several parts of the same size.</summary>
    public Work Part(int part, int parts) => this with
    {
        Progress = Progress is null ? null : new ShareOfProgress(Progress, (double)part / parts, 1.0 / parts),
    };
}
