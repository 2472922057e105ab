using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Decisions by an engine that holds the whole ensemble: components, vote and gates.</summary>
/// <param name="session">The ensemble.</param>
/// <param name="part">The most images at once.</param>
sealed class EngineDecisions(EngineSession session, long part) : IDecisions
{
    /// <inheritdoc/>
    public required int MemberCount { get; init; }

    /// <inheritdoc/>
    public required int GateCount { get; init; }

    /// <inheritdoc/>
    public required long Classes { get; init; }

    /// <inheritdoc/>
    public bool NeedsWholeBatch => false;

    /// <inheritdoc/>
    public Decision Decide(Tensor images)
    {
        var count = images.size(0);
        if (count <= part)
            return Of(session, images);
        var parts = new List<Decision>();
        for (var start = 0L; start < count; start += part)
        {
            using var some = images.narrow(0, start, Math.Min(part, count - start));
            parts.Add(Of(session, some));
        }

        return HostImages.Joined(parts);
    }

    /// <summary>What an engine's session decides on images.</summary>
    public static Decision Of(EngineSession session, Tensor images)
    {
        var outputs = session.Run(images);
        return new(
            outputs[(int)EngineOutputs.Scores],
            outputs[(int)EngineOutputs.Labels],
            outputs[(int)EngineOutputs.MemberLogits],
            outputs.Count > (int)EngineOutputs.GateScores
                ? outputs[(int)EngineOutputs.GateScores]
                : empty(0, images.size(0)));
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();
}
